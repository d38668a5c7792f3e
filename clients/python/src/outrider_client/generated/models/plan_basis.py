from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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

    goal: Place
    """ A place on the network: so many metres along a segment from its first end. """
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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        goal = self.goal.to_dict()

        revision = self.revision

        seed = self.seed

        seq = self.seq

        strategy = self.strategy.to_dict()

        uavs = []
        for uavs_item_data in self.uavs:
            uavs_item = uavs_item_data.to_dict()
            uavs.append(uavs_item)

        ugv = self.ugv.to_dict()

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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.place import Place  # noqa: PLC0415
        from ..models.strategy_choice import StrategyChoice  # noqa: PLC0415
        from ..models.uav_situation import UavSituation  # noqa: PLC0415
        from ..models.ugv_situation import UgvSituation  # noqa: PLC0415

        d = dict(src_dict)
        goal = Place.from_dict(d.pop("goal"))

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

        plan_basis = cls(
            goal=goal,
            revision=revision,
            seed=seed,
            seq=seq,
            strategy=strategy,
            uavs=uavs,
            ugv=ugv,
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
