from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.way_outcome import WayOutcome, check_way_outcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.endpoint_view import EndpointView
    from ..models.way_view import WayView


T = TypeVar("T", bound="GoalProspectView")


@_attrs_define
class GoalProspectView:
    """A goal, and what the way there comes to."""

    goal: EndpointView
    """ The start, a waypoint or a goal of a mission. """
    index: int
    """ Its position in the request, from 0. """
    outcome: WayOutcome
    """ What planning or a search came to, in the words of a plan's outcome. """
    name: None | str | Unset = UNSET
    """ Its name, if it was given one. """
    reason: None | str | Unset = UNSET
    """ Why there is none, in words, when the outcome is `no_way` or `budget_spent`. """
    way: None | Unset | WayView = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.way_view import WayView  # noqa: PLC0415

        goal = self.goal.to_dict()

        index = self.index

        outcome: str = self.outcome

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        way: dict[str, Any] | None | Unset
        if isinstance(self.way, Unset):
            way = UNSET
        elif isinstance(self.way, WayView):
            way = self.way.to_dict()
        else:
            way = self.way

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "goal": goal,
                "index": index,
                "outcome": outcome,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if reason is not UNSET:
            field_dict["reason"] = reason
        if way is not UNSET:
            field_dict["way"] = way

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.endpoint_view import EndpointView  # noqa: PLC0415
        from ..models.way_view import WayView  # noqa: PLC0415

        d = dict(src_dict)
        goal = EndpointView.from_dict(d.pop("goal"))

        index = d.pop("index")

        outcome = check_way_outcome(d.pop("outcome"))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        def _parse_way(data: object) -> None | Unset | WayView:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                way_type_0 = WayView.from_dict(data)

                return way_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | WayView, data)

        way = _parse_way(d.pop("way", UNSET))

        goal_prospect_view = cls(
            goal=goal,
            index=index,
            outcome=outcome,
            name=name,
            reason=reason,
            way=way,
        )

        goal_prospect_view.additional_properties = d
        return goal_prospect_view

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
