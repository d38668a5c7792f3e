from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.place import Place
    from ..models.strategy_choice import StrategyChoice
    from ..models.uav_situation import UavSituation
    from ..models.ugv_situation import UgvSituation


T = TypeVar("T", bound="PlanBasis")


@_attrs_define
class PlanBasis:
    """Everything a plan follows from, but for the knowledge and the mission's settings, which are those of the log up to
    `seq`. Planning again from the same basis gives the same plan.

    """

    goal: list[Place] | Place
    """ The goals of a mission, any of which will do; at least one.

    A single goal is written as versions before waypoints wrote it. Several, and one that comes after waypoints, are
    written as a list, which those versions refuse to read: they go on with the missions that they know, and never
    plan one by half. """
    revision: int
    """ The revision of the knowledge. """
    seed: int
    """ The seed of whatever is drawn at random. """
    seq: int
    """ The log's last event that was taken into account. """
    strategy: StrategyChoice
    """ The chosen strategy and its parameters. """
    uavs: list[UavSituation]
    """ The UAVs, in the mission's order. """
    ugv: UgvSituation
    """ Where the UGV is and how fast it goes, as a planner sees it. """
    waypoints: list[Place] | Unset = UNSET
    """ The waypoints that it has yet to visit before, in order. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.place import Place  # noqa: PLC0415

        goal: dict[str, Any] | list[dict[str, Any]]
        if isinstance(self.goal, Place):
            goal = self.goal.to_dict()
        else:
            goal = []
            for componentsschemas_goals_place_type_1_item_data in self.goal:
                componentsschemas_goals_place_type_1_item = componentsschemas_goals_place_type_1_item_data.to_dict()
                goal.append(componentsschemas_goals_place_type_1_item)

        revision = self.revision

        seed = self.seed

        seq = self.seq

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
                "revision": revision,
                "seed": seed,
                "seq": seq,
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
        from ..models.place import Place  # noqa: PLC0415
        from ..models.strategy_choice import StrategyChoice  # noqa: PLC0415
        from ..models.uav_situation import UavSituation  # noqa: PLC0415
        from ..models.ugv_situation import UgvSituation  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_goal(data: object) -> list[Place] | Place:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_goals_place_type_0 = Place.from_dict(data)

                return componentsschemas_goals_place_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, list):
                raise TypeError()
            componentsschemas_goals_place_type_1 = []
            _componentsschemas_goals_place_type_1 = data
            for componentsschemas_goals_place_type_1_item_data in _componentsschemas_goals_place_type_1:
                componentsschemas_goals_place_type_1_item = Place.from_dict(
                    componentsschemas_goals_place_type_1_item_data
                )

                componentsschemas_goals_place_type_1.append(componentsschemas_goals_place_type_1_item)

            return componentsschemas_goals_place_type_1

        goal = _parse_goal(d.pop("goal"))

        revision = d.pop("revision")

        seed = d.pop("seed")

        seq = d.pop("seq")

        strategy = StrategyChoice.from_dict(d.pop("strategy"))

        uavs = []
        _uavs = d.pop("uavs")
        for uavs_item_data in _uavs:
            uavs_item = UavSituation.from_dict(uavs_item_data)

            uavs.append(uavs_item)

        ugv = UgvSituation.from_dict(d.pop("ugv"))

        _waypoints = d.pop("waypoints", UNSET)
        waypoints: list[Place] | Unset = UNSET
        if _waypoints is not UNSET:
            waypoints = []
            for waypoints_item_data in _waypoints:
                waypoints_item = Place.from_dict(waypoints_item_data)

                waypoints.append(waypoints_item)

        plan_basis = cls(
            goal=goal,
            revision=revision,
            seed=seed,
            seq=seq,
            strategy=strategy,
            uavs=uavs,
            ugv=ugv,
            waypoints=waypoints,
        )

        plan_basis.additional_properties = d
        return plan_basis

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
