from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.goal_prospect_view import GoalProspectView


T = TypeVar("T", bound="NearestGoalsView")


@_attrs_define
class NearestGoalsView:
    """The goals, nearest first."""

    goals: list[GoalProspectView]
    """ The goals, the nearest by road first; those that cannot be reached last, in the order of the request. """
    revision: int
    """ The revision of the knowledge. """
    seq: int
    """ The log's last event that was taken into account. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        goals = []
        for goals_item_data in self.goals:
            goals_item = goals_item_data.to_dict()
            goals.append(goals_item)

        revision = self.revision

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "goals": goals,
                "revision": revision,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.goal_prospect_view import GoalProspectView  # noqa: PLC0415

        d = dict(src_dict)
        goals = []
        _goals = d.pop("goals")
        for goals_item_data in _goals:
            goals_item = GoalProspectView.from_dict(goals_item_data)

            goals.append(goals_item)

        revision = d.pop("revision")

        seq = d.pop("seq")

        nearest_goals_view = cls(
            goals=goals,
            revision=revision,
            seq=seq,
        )

        nearest_goals_view.additional_properties = d
        return nearest_goals_view

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
