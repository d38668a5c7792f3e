from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.mission_event_closure import MissionEventClosure
    from ..models.mission_event_mission_changed import MissionEventMissionChanged
    from ..models.mission_event_mission_created import MissionEventMissionCreated
    from ..models.mission_event_mission_ended import MissionEventMissionEnded
    from ..models.mission_event_plan import MissionEventPlan
    from ..models.mission_event_report import MissionEventReport
    from ..models.mission_event_vehicle import MissionEventVehicle


T = TypeVar("T", bound="LogPage")


@_attrs_define
class LogPage:
    """A page of the log."""

    events: list[
        MissionEventClosure
        | MissionEventMissionChanged
        | MissionEventMissionCreated
        | MissionEventMissionEnded
        | MissionEventPlan
        | MissionEventReport
        | MissionEventVehicle
    ]
    """ In the order of their numbers. """
    next_after: int | None | Unset = UNSET
    """ Asks for the next page as `after`; absent at the end of the log. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.mission_event_closure import MissionEventClosure  # noqa: PLC0415
        from ..models.mission_event_mission_changed import MissionEventMissionChanged  # noqa: PLC0415
        from ..models.mission_event_mission_created import MissionEventMissionCreated  # noqa: PLC0415
        from ..models.mission_event_plan import MissionEventPlan  # noqa: PLC0415
        from ..models.mission_event_report import MissionEventReport  # noqa: PLC0415
        from ..models.mission_event_vehicle import MissionEventVehicle  # noqa: PLC0415

        events = []
        for events_item_data in self.events:
            events_item: dict[str, Any]
            if isinstance(events_item_data, MissionEventMissionCreated):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, MissionEventReport):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, MissionEventClosure):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, MissionEventPlan):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, MissionEventVehicle):
                events_item = events_item_data.to_dict()
            elif isinstance(events_item_data, MissionEventMissionChanged):
                events_item = events_item_data.to_dict()
            else:
                events_item = events_item_data.to_dict()

            events.append(events_item)

        next_after: int | None | Unset
        if isinstance(self.next_after, Unset):
            next_after = UNSET
        else:
            next_after = self.next_after

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "events": events,
            }
        )
        if next_after is not UNSET:
            field_dict["next_after"] = next_after

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.mission_event_closure import MissionEventClosure  # noqa: PLC0415
        from ..models.mission_event_mission_changed import MissionEventMissionChanged  # noqa: PLC0415
        from ..models.mission_event_mission_created import MissionEventMissionCreated  # noqa: PLC0415
        from ..models.mission_event_mission_ended import MissionEventMissionEnded  # noqa: PLC0415
        from ..models.mission_event_plan import MissionEventPlan  # noqa: PLC0415
        from ..models.mission_event_report import MissionEventReport  # noqa: PLC0415
        from ..models.mission_event_vehicle import MissionEventVehicle  # noqa: PLC0415

        d = dict(src_dict)
        events = []
        _events = d.pop("events")
        for events_item_data in _events:

            def _parse_events_item(
                data: object,
            ) -> (
                MissionEventClosure
                | MissionEventMissionChanged
                | MissionEventMissionCreated
                | MissionEventMissionEnded
                | MissionEventPlan
                | MissionEventReport
                | MissionEventVehicle
            ):
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_mission_event_type_0 = MissionEventMissionCreated.from_dict(data)

                    return componentsschemas_mission_event_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_mission_event_type_1 = MissionEventReport.from_dict(data)

                    return componentsschemas_mission_event_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_mission_event_type_2 = MissionEventClosure.from_dict(data)

                    return componentsschemas_mission_event_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_mission_event_type_3 = MissionEventPlan.from_dict(data)

                    return componentsschemas_mission_event_type_3
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_mission_event_type_4 = MissionEventVehicle.from_dict(data)

                    return componentsschemas_mission_event_type_4
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_mission_event_type_5 = MissionEventMissionChanged.from_dict(data)

                    return componentsschemas_mission_event_type_5
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_mission_event_type_6 = MissionEventMissionEnded.from_dict(data)

                return componentsschemas_mission_event_type_6

            events_item = _parse_events_item(events_item_data)

            events.append(events_item)

        def _parse_next_after(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        next_after = _parse_next_after(d.pop("next_after", UNSET))

        log_page = cls(
            events=events,
            next_after=next_after,
        )

        log_page.additional_properties = d
        return log_page

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
