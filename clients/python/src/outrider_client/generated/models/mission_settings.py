from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.endpoint import Endpoint
    from ..models.strategy_choice import StrategyChoice
    from ..models.uav import Uav
    from ..models.ugv import Ugv


T = TypeVar("T", bound="MissionSettings")


@_attrs_define
class MissionSettings:
    """What a mission is about."""

    goal: Endpoint | list[Endpoint]
    """ The goals of a mission, any of which will do; at least one.

    A single goal is written as versions before waypoints wrote it. Several, and one that comes after waypoints, are
    written as a list, which those versions refuse to read: they go on with the missions that they know, and never
    plan one by half. """
    name: str
    """ A name for people. """
    network: UUID
    """ A stored road network. """
    seed: int
    """ The seed of whatever planning draws at random. """
    segment_count: int
    """ How many segments that network has. """
    start: Endpoint
    """ The start, a waypoint or a goal of a mission, and how it was found. """
    strategy: StrategyChoice
    """ The chosen strategy and its parameters. """
    uavs: list[Uav]
    """ The drones. """
    ugv: Ugv
    """ The ground vehicle of a mission. """
    waypoints: list[Endpoint] | Unset = UNSET
    """ The waypoints to visit before, in order. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.endpoint import Endpoint  # noqa: PLC0415

        goal: dict[str, Any] | list[dict[str, Any]]
        if isinstance(self.goal, Endpoint):
            goal = self.goal.to_dict()
        else:
            goal = []
            for componentsschemas_goals_endpoint_type_1_item_data in self.goal:
                componentsschemas_goals_endpoint_type_1_item = (
                    componentsschemas_goals_endpoint_type_1_item_data.to_dict()
                )
                goal.append(componentsschemas_goals_endpoint_type_1_item)

        name = self.name

        network = str(self.network)

        seed = self.seed

        segment_count = self.segment_count

        start = self.start.to_dict()

        strategy = self.strategy.to_dict()

        uavs = []
        for uavs_item_data in self.uavs:
            uavs_item = uavs_item_data.to_dict()
            uavs.append(uavs_item)

        ugv = self.ugv.to_dict()

        waypoints: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.waypoints, Unset):
            waypoints = []
            for waypoints_item_data in self.waypoints:
                waypoints_item = waypoints_item_data.to_dict()
                waypoints.append(waypoints_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "goal": goal,
                "name": name,
                "network": network,
                "seed": seed,
                "segment_count": segment_count,
                "start": start,
                "strategy": strategy,
                "uavs": uavs,
                "ugv": ugv,
            }
        )
        if waypoints is not UNSET:
            field_dict["waypoints"] = waypoints

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.endpoint import Endpoint  # noqa: PLC0415
        from ..models.strategy_choice import StrategyChoice  # noqa: PLC0415
        from ..models.uav import Uav  # noqa: PLC0415
        from ..models.ugv import Ugv  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_goal(data: object) -> Endpoint | list[Endpoint]:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_goals_endpoint_type_0 = Endpoint.from_dict(data)

                return componentsschemas_goals_endpoint_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
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

        goal = _parse_goal(d.pop("goal"))

        name = d.pop("name")

        network = UUID(d.pop("network"))

        seed = d.pop("seed")

        segment_count = d.pop("segment_count")

        start = Endpoint.from_dict(d.pop("start"))

        strategy = StrategyChoice.from_dict(d.pop("strategy"))

        uavs = []
        _uavs = d.pop("uavs")
        for uavs_item_data in _uavs:
            uavs_item = Uav.from_dict(uavs_item_data)

            uavs.append(uavs_item)

        ugv = Ugv.from_dict(d.pop("ugv"))

        _waypoints = d.pop("waypoints", UNSET)
        waypoints: list[Endpoint] | Unset = UNSET
        if _waypoints is not UNSET:
            waypoints = []
            for waypoints_item_data in _waypoints:
                waypoints_item = Endpoint.from_dict(waypoints_item_data)

                waypoints.append(waypoints_item)

        mission_settings = cls(
            goal=goal,
            name=name,
            network=network,
            seed=seed,
            segment_count=segment_count,
            start=start,
            strategy=strategy,
            uavs=uavs,
            ugv=ugv,
            waypoints=waypoints,
        )

        mission_settings.additional_properties = d
        return mission_settings

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
