from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.endpoint import Endpoint
    from ..models.strategy_choice import StrategyChoice
    from ..models.uav import Uav


T = TypeVar("T", bound="MissionChange")


@_attrs_define
class MissionChange:
    """A change of a mission's settings. What is absent stays."""

    goal: Endpoint | list[Endpoint] | None | Unset = UNSET
    paused: bool | None | Unset = UNSET
    """ Paused or resumed. """
    strategy: None | StrategyChoice | Unset = UNSET
    uavs: list[Uav] | None | Unset = UNSET
    """ A new list of UAVs. """
    waypoints: list[Endpoint] | None | Unset = UNSET
    """ New waypoints, none of them visited yet. Come with the goals, so that a version that does not know them
    refuses the change. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.endpoint import Endpoint  # noqa: PLC0415
        from ..models.strategy_choice import StrategyChoice  # noqa: PLC0415

        goal: dict[str, Any] | list[dict[str, Any]] | None | Unset
        if isinstance(self.goal, Unset):
            goal = UNSET
        elif isinstance(self.goal, Endpoint):
            goal = self.goal.to_dict()
        elif isinstance(self.goal, list):
            goal = []
            for componentsschemas_goals_endpoint_type_1_item_data in self.goal:
                componentsschemas_goals_endpoint_type_1_item = (
                    componentsschemas_goals_endpoint_type_1_item_data.to_dict()
                )
                goal.append(componentsschemas_goals_endpoint_type_1_item)

        else:
            goal = self.goal

        paused: bool | None | Unset
        if isinstance(self.paused, Unset):
            paused = UNSET
        else:
            paused = self.paused

        strategy: dict[str, Any] | None | Unset
        if isinstance(self.strategy, Unset):
            strategy = UNSET
        elif isinstance(self.strategy, StrategyChoice):
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
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if goal is not UNSET:
            field_dict["goal"] = goal
        if paused is not UNSET:
            field_dict["paused"] = paused
        if strategy is not UNSET:
            field_dict["strategy"] = strategy
        if uavs is not UNSET:
            field_dict["uavs"] = uavs
        if waypoints is not UNSET:
            field_dict["waypoints"] = waypoints

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.endpoint import Endpoint  # noqa: PLC0415
        from ..models.strategy_choice import StrategyChoice  # noqa: PLC0415
        from ..models.uav import Uav  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_goal(data: object) -> Endpoint | list[Endpoint] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_goals_endpoint_type_0 = Endpoint.from_dict(data)

                return componentsschemas_goals_endpoint_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_goals_endpoint_type_1 = []
                _componentsschemas_goals_endpoint_type_1 = data
                for componentsschemas_goals_endpoint_type_1_item_data in _componentsschemas_goals_endpoint_type_1:
                    componentsschemas_goals_endpoint_type_1_item = Endpoint.from_dict(
                        componentsschemas_goals_endpoint_type_1_item_data
                    )

                    componentsschemas_goals_endpoint_type_1.append(componentsschemas_goals_endpoint_type_1_item)

                return componentsschemas_goals_endpoint_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Endpoint | list[Endpoint] | None | Unset, data)

        goal = _parse_goal(d.pop("goal", UNSET))

        def _parse_paused(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        paused = _parse_paused(d.pop("paused", UNSET))

        def _parse_strategy(data: object) -> None | StrategyChoice | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                strategy_type_0 = StrategyChoice.from_dict(data)

                return strategy_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | StrategyChoice | Unset, data)

        strategy = _parse_strategy(d.pop("strategy", UNSET))

        def _parse_uavs(data: object) -> list[Uav] | None | Unset:
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
                    uavs_type_0_item = Uav.from_dict(uavs_type_0_item_data)

                    uavs_type_0.append(uavs_type_0_item)

                return uavs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Uav] | None | Unset, data)

        uavs = _parse_uavs(d.pop("uavs", UNSET))

        def _parse_waypoints(data: object) -> list[Endpoint] | None | Unset:
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
                    waypoints_type_0_item = Endpoint.from_dict(waypoints_type_0_item_data)

                    waypoints_type_0.append(waypoints_type_0_item)

                return waypoints_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[Endpoint] | None | Unset, data)

        waypoints = _parse_waypoints(d.pop("waypoints", UNSET))

        mission_change = cls(
            goal=goal,
            paused=paused,
            strategy=strategy,
            uavs=uavs,
            waypoints=waypoints,
        )

        mission_change.additional_properties = d
        return mission_change

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
