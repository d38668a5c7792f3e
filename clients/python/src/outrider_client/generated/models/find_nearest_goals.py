from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.goal_request import GoalRequest


T = TypeVar("T", bound="FindNearestGoals")


@_attrs_define
class FindNearestGoals:
    """Several goals, such as shelters or hospitals.

    Example:
        {'goals': [{'at': {'position': {'lat': 35.672, 'lon': 139.82}}, 'name': 'clinic'}, {'at': {'position': {'lat':
            35.665, 'lon': 139.81}}, 'name': 'school'}]}

    """

    goals: list[GoalRequest]
    """ The goals, 1 to 100. """

    def to_dict(self) -> dict[str, Any]:
        goals = []
        for goals_item_data in self.goals:
            goals_item = goals_item_data.to_dict()
            goals.append(goals_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "goals": goals,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.goal_request import GoalRequest  # noqa: PLC0415

        d = dict(src_dict)
        goals = []
        _goals = d.pop("goals")
        for goals_item_data in _goals:
            goals_item = GoalRequest.from_dict(goals_item_data)

            goals.append(goals_item)

        find_nearest_goals = cls(
            goals=goals,
        )

        return find_nearest_goals
