from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.location_request import LocationRequest
    from ..models.strategy_request import StrategyRequest
    from ..models.uav_request import UavRequest
    from ..models.ugv_request import UgvRequest


T = TypeVar("T", bound="CreateMission")


@_attrs_define
class CreateMission:
    """A mission to be created.

    Example:
        {'goal': {'position': {'lat': 35.672, 'lon': 139.82}}, 'name': 'clinic run', 'network_id':
            '01938a6e-0000-7000-8000-000000000000', 'start': {'position': {'lat': 35.665, 'lon': 139.8}}, 'strategy':
            {'name': 'shortest_path'}, 'uavs': [{'speed_mps': 20}, {'speed_mps': 20}], 'ugv': {'speed_mps': 10}}

    """

    network_id: UUID
    """ A stored road network. """
    start: LocationRequest
    """ A location, in exactly one way: `node`; or `position` (with `heading_deg` and `snap_limit_m` if wanted),
    taken to the nearest segment; or `segment` and `offset_m`. """
    ugv: UgvRequest
    """ The ground vehicle. """
    goal: LocationRequest | None | Unset = UNSET
    goals: list[LocationRequest] | None | Unset = UNSET
    """ 1 to 50 places, any of which will do: the UGV goes to the one that it can reach soonest as far as is known,
    and to another one when that changes. Either this or `goal`. """
    name: str | Unset = UNSET
    """ A name for people. """
    seed: int | Unset = UNSET
    """ The seed of whatever planning draws at random; 0 unless given. """
    strategy: None | StrategyRequest | Unset = UNSET
    uavs: list[UavRequest] | Unset = UNSET
    """ The drones, at most 100. """
    waypoints: list[LocationRequest] | Unset = UNSET
    """ Places to visit before the goal, in this order; at most 20. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.location_request import LocationRequest  # noqa: PLC0415
        from ..models.strategy_request import StrategyRequest  # noqa: PLC0415

        network_id = str(self.network_id)

        start = self.start.to_dict()

        ugv = self.ugv.to_dict()

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

        name = self.name

        seed = self.seed

        strategy: dict[str, Any] | None | Unset
        if isinstance(self.strategy, Unset):
            strategy = UNSET
        elif isinstance(self.strategy, StrategyRequest):
            strategy = self.strategy.to_dict()
        else:
            strategy = self.strategy

        uavs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.uavs, Unset):
            uavs = []
            for uavs_item_data in self.uavs:
                uavs_item = uavs_item_data.to_dict()
                uavs.append(uavs_item)

        waypoints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.waypoints, Unset):
            waypoints = []
            for waypoints_item_data in self.waypoints:
                waypoints_item = waypoints_item_data.to_dict()
                waypoints.append(waypoints_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "network_id": network_id,
                "start": start,
                "ugv": ugv,
            }
        )
        if goal is not UNSET:
            field_dict["goal"] = goal
        if goals is not UNSET:
            field_dict["goals"] = goals
        if name is not UNSET:
            field_dict["name"] = name
        if seed is not UNSET:
            field_dict["seed"] = seed
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
        from ..models.ugv_request import UgvRequest  # noqa: PLC0415

        d = dict(src_dict)
        network_id = UUID(d.pop("network_id"))

        start = LocationRequest.from_dict(d.pop("start"))

        ugv = UgvRequest.from_dict(d.pop("ugv"))

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

        name = d.pop("name", UNSET)

        seed = d.pop("seed", UNSET)

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

        _uavs = d.pop("uavs", UNSET)
        uavs: list[UavRequest] | Unset = UNSET
        if _uavs is not UNSET:
            uavs = []
            for uavs_item_data in _uavs:
                uavs_item = UavRequest.from_dict(uavs_item_data)

                uavs.append(uavs_item)

        _waypoints = d.pop("waypoints", UNSET)
        waypoints: list[LocationRequest] | Unset = UNSET
        if _waypoints is not UNSET:
            waypoints = []
            for waypoints_item_data in _waypoints:
                waypoints_item = LocationRequest.from_dict(waypoints_item_data)

                waypoints.append(waypoints_item)

        create_mission = cls(
            network_id=network_id,
            start=start,
            ugv=ugv,
            goal=goal,
            goals=goals,
            name=name,
            seed=seed,
            strategy=strategy,
            uavs=uavs,
            waypoints=waypoints,
        )

        return create_mission
