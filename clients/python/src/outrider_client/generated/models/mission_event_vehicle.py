from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.mission_event_vehicle_kind import MissionEventVehicleKind, check_mission_event_vehicle_kind

if TYPE_CHECKING:
    from ..models.vehicle_event import VehicleEvent


T = TypeVar("T", bound="MissionEventVehicle")


@_attrs_define
class MissionEventVehicle:
    """A vehicle left its route, visited a waypoint or arrived."""

    body: VehicleEvent
    """ Something a vehicle did that matters for planning, so that it belongs in the log. """
    kind: MissionEventVehicleKind
    recorded_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    revision: int
    """ The revision of the knowledge after it. """
    seq: int
    """ Its number in the mission's log: 1, 2, 3 and so on without gaps. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        body = self.body.to_dict()

        kind: str = self.kind

        recorded_at = self.recorded_at.isoformat()

        revision = self.revision

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "body": body,
                "kind": kind,
                "recorded_at": recorded_at,
                "revision": revision,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.vehicle_event import VehicleEvent  # noqa: PLC0415

        d = dict(src_dict)
        body = VehicleEvent.from_dict(d.pop("body"))

        kind = check_mission_event_vehicle_kind(d.pop("kind"))

        recorded_at = read_time(d.pop("recorded_at"))

        revision = d.pop("revision")

        seq = d.pop("seq")

        mission_event_vehicle = cls(
            body=body,
            kind=kind,
            recorded_at=recorded_at,
            revision=revision,
            seq=seq,
        )

        mission_event_vehicle.additional_properties = d
        return mission_event_vehicle

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
