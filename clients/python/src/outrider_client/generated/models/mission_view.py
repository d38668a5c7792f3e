from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.mission_status import MissionStatus, check_mission_status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.endpoint_view import EndpointView
    from ..models.strategy_choice import StrategyChoice
    from ..models.uav_view import UavView


T = TypeVar("T", bound="MissionView")


@_attrs_define
class MissionView:
    """A mission."""

    changed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    created_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    goal: EndpointView
    """ The start, a waypoint or a goal of a mission. """
    goals: list[EndpointView]
    """ All goals; the UGV goes to the one that it can reach soonest. """
    id: UUID
    """ A mission. """
    name: str
    """ Its name for people. """
    network_id: UUID
    """ A stored road network. """
    revision: int
    """ Counts the changes of knowledge. """
    seed: int
    """ The seed of whatever planning draws at random. """
    seq: int
    """ The number of the log's last event. """
    start: EndpointView
    """ The start, a waypoint or a goal of a mission. """
    status: MissionStatus
    """ Where a mission stands. """
    strategy: StrategyChoice
    """ The chosen strategy and its parameters. """
    uavs: list[UavView]
    """ The drones. """
    ugv_speed_mps: float
    """ The UGV's constant speed in metres per second. """
    version: int
    """ Counts the changes of settings and status; the ETag. """
    waypoints: list[EndpointView]
    """ The places to visit before the goal, in order. """
    waypoints_visited: int
    """ How many of the waypoints the UGV has visited. """
    plan_seq: int | None | Unset = UNSET
    """ The number of the current plan's event; absent until there is a plan. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        changed_at = self.changed_at.isoformat()

        created_at = self.created_at.isoformat()

        goal = self.goal.to_dict()

        goals = []
        for goals_item_data in self.goals:
            goals_item = goals_item_data.to_dict()
            goals.append(goals_item)

        id = str(self.id)

        name = self.name

        network_id = str(self.network_id)

        revision = self.revision

        seed = self.seed

        seq = self.seq

        start = self.start.to_dict()

        status: str = self.status

        strategy = self.strategy.to_dict()

        uavs = []
        for uavs_item_data in self.uavs:
            uavs_item = uavs_item_data.to_dict()
            uavs.append(uavs_item)

        ugv_speed_mps = self.ugv_speed_mps

        version = self.version

        waypoints = []
        for waypoints_item_data in self.waypoints:
            waypoints_item = waypoints_item_data.to_dict()
            waypoints.append(waypoints_item)

        waypoints_visited = self.waypoints_visited

        plan_seq: int | None | Unset
        if isinstance(self.plan_seq, Unset):
            plan_seq = UNSET
        else:
            plan_seq = self.plan_seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "changed_at": changed_at,
                "created_at": created_at,
                "goal": goal,
                "goals": goals,
                "id": id,
                "name": name,
                "network_id": network_id,
                "revision": revision,
                "seed": seed,
                "seq": seq,
                "start": start,
                "status": status,
                "strategy": strategy,
                "uavs": uavs,
                "ugv_speed_mps": ugv_speed_mps,
                "version": version,
                "waypoints": waypoints,
                "waypoints_visited": waypoints_visited,
            }
        )
        if plan_seq is not UNSET:
            field_dict["plan_seq"] = plan_seq

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.endpoint_view import EndpointView  # noqa: PLC0415
        from ..models.strategy_choice import StrategyChoice  # noqa: PLC0415
        from ..models.uav_view import UavView  # noqa: PLC0415

        d = dict(src_dict)
        changed_at = read_time(d.pop("changed_at"))

        created_at = read_time(d.pop("created_at"))

        goal = EndpointView.from_dict(d.pop("goal"))

        goals = []
        _goals = d.pop("goals")
        for goals_item_data in _goals:
            goals_item = EndpointView.from_dict(goals_item_data)

            goals.append(goals_item)

        id = UUID(d.pop("id"))

        name = d.pop("name")

        network_id = UUID(d.pop("network_id"))

        revision = d.pop("revision")

        seed = d.pop("seed")

        seq = d.pop("seq")

        start = EndpointView.from_dict(d.pop("start"))

        status = check_mission_status(d.pop("status"))

        strategy = StrategyChoice.from_dict(d.pop("strategy"))

        uavs = []
        _uavs = d.pop("uavs")
        for uavs_item_data in _uavs:
            uavs_item = UavView.from_dict(uavs_item_data)

            uavs.append(uavs_item)

        ugv_speed_mps = d.pop("ugv_speed_mps")

        version = d.pop("version")

        waypoints = []
        _waypoints = d.pop("waypoints")
        for waypoints_item_data in _waypoints:
            waypoints_item = EndpointView.from_dict(waypoints_item_data)

            waypoints.append(waypoints_item)

        waypoints_visited = d.pop("waypoints_visited")

        def _parse_plan_seq(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        plan_seq = _parse_plan_seq(d.pop("plan_seq", UNSET))

        mission_view = cls(
            changed_at=changed_at,
            created_at=created_at,
            goal=goal,
            goals=goals,
            id=id,
            name=name,
            network_id=network_id,
            revision=revision,
            seed=seed,
            seq=seq,
            start=start,
            status=status,
            strategy=strategy,
            uavs=uavs,
            ugv_speed_mps=ugv_speed_mps,
            version=version,
            waypoints=waypoints,
            waypoints_visited=waypoints_visited,
            plan_seq=plan_seq,
        )

        mission_view.additional_properties = d
        return mission_view

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
