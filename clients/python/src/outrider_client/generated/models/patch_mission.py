from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.location_request import LocationRequest
    from ..models.strategy_request import StrategyRequest
    from ..models.uav_request import UavRequest


T = TypeVar("T", bound="PatchMission")


@_attrs_define
class PatchMission:
    """A change of a mission. What is absent stays.

    Example:
        {'strategy': {'name': 'bidirectional'}}

    """

    goal: LocationRequest | None | Unset = UNSET
    goals: list[LocationRequest] | None | Unset = UNSET
    """ 1 to 50 other goals, in place of all. Either this or `goal`. """
    strategy: None | StrategyRequest | Unset = UNSET
    uavs: list[UavRequest] | None | Unset = UNSET
    """ The whole new list of drones, at most 100. """
    waypoints: list[LocationRequest] | None | Unset = UNSET
    """ The whole new list of waypoints, in place of all that are still to be visited; at most 20. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.location_request import LocationRequest  # noqa: PLC0415
        from ..models.strategy_request import StrategyRequest  # noqa: PLC0415

        goal: dict[str, Any] | None | Unset
        if isinstance(self.goal, Unset):
            goal = UNSET
        elif isinstance(self.goal, LocationRequest):
            goal = self.goal.to_dict()
        else:
            goal = self.goal

        goals: list[dict[str, Any]] | None | Unset
        if isinstance(self.goals, Unset):
            goals = UNSET
        elif isinstance(self.goals, list):
            goals = []
            for goals_type_0_item_data in self.goals:
                goals_type_0_item = goals_type_0_item_data.to_dict()
                goals.append(goals_type_0_item)

        else:
            goals = self.goals

        strategy: dict[str, Any] | None | Unset
        if isinstance(self.strategy, Unset):
            strategy = UNSET
        elif isinstance(self.strategy, StrategyRequest):
            strategy = self.strategy.to_dict()
        else:
            strategy = self.strategy

        uavs: list[dict[str, Any]] | None | Unset
        if isinstance(self.uavs, Unset):
            uavs = UNSET
        elif isinstance(self.uavs, list):
            uavs = []
            for uavs_type_0_item_data in self.uavs:
                uavs_type_0_item = uavs_type_0_item_data.to_dict()
                uavs.append(uavs_type_0_item)

        else:
            uavs = self.uavs

        waypoints: list[dict[str, Any]] | None | Unset
        if isinstance(self.waypoints, Unset):
            waypoints = UNSET
        elif isinstance(self.waypoints, list):
            waypoints = []
            for waypoints_type_0_item_data in self.waypoints:
                waypoints_type_0_item = waypoints_type_0_item_data.to_dict()
                waypoints.append(waypoints_type_0_item)

        else:
            waypoints = self.waypoints

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if goal is not UNSET:
            field_dict["goal"] = goal
        if goals is not UNSET:
            field_dict["goals"] = goals
        if strategy is not UNSET:
            field_dict["strategy"] = strategy
        if uavs is not UNSET:
            field_dict["uavs"] = uavs
        if waypoints is not UNSET:
            field_dict["waypoints"] = waypoints

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.location_request import LocationRequest  # noqa: PLC0415
        from ..models.strategy_request import StrategyRequest  # noqa: PLC0415
        from ..models.uav_request import UavRequest  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_goal(data: object) -> LocationRequest | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                goal_type_0 = LocationRequest.from_dict(data)

                return goal_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LocationRequest | None | Unset, data)

        goal = _parse_goal(d.pop("goal", UNSET))

        def _parse_goals(data: object) -> list[LocationRequest] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                goals_type_0 = []
                _goals_type_0 = data
                for goals_type_0_item_data in _goals_type_0:
                    goals_type_0_item = LocationRequest.from_dict(goals_type_0_item_data)

                    goals_type_0.append(goals_type_0_item)

                return goals_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[LocationRequest] | None | Unset, data)

        goals = _parse_goals(d.pop("goals", UNSET))

        def _parse_strategy(data: object) -> None | StrategyRequest | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                strategy_type_0 = StrategyRequest.from_dict(data)

                return strategy_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StrategyRequest | Unset, data)

        strategy = _parse_strategy(d.pop("strategy", UNSET))

        def _parse_uavs(data: object) -> list[UavRequest] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                uavs_type_0 = []
                _uavs_type_0 = data
                for uavs_type_0_item_data in _uavs_type_0:
                    uavs_type_0_item = UavRequest.from_dict(uavs_type_0_item_data)

                    uavs_type_0.append(uavs_type_0_item)

                return uavs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[UavRequest] | None | Unset, data)

        uavs = _parse_uavs(d.pop("uavs", UNSET))

        def _parse_waypoints(data: object) -> list[LocationRequest] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                waypoints_type_0 = []
                _waypoints_type_0 = data
                for waypoints_type_0_item_data in _waypoints_type_0:
                    waypoints_type_0_item = LocationRequest.from_dict(waypoints_type_0_item_data)

                    waypoints_type_0.append(waypoints_type_0_item)

                return waypoints_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[LocationRequest] | None | Unset, data)

        waypoints = _parse_waypoints(d.pop("waypoints", UNSET))

        patch_mission = cls(
            goal=goal,
            goals=goals,
            strategy=strategy,
            uavs=uavs,
            waypoints=waypoints,
        )

        return patch_mission
