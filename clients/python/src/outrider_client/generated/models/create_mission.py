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

    goal: LocationRequest
    """ A location, in exactly one way: `node`; or `position` (with `heading_deg` and `snap_limit_m` if wanted),
    taken to the nearest segment; or `segment` and `offset_m`. """
    network_id: UUID
    """ A stored road network. """
    start: LocationRequest
    """ A location, in exactly one way: `node`; or `position` (with `heading_deg` and `snap_limit_m` if wanted),
    taken to the nearest segment; or `segment` and `offset_m`. """
    ugv: UgvRequest
    """ The ground vehicle. """
    name: str | Unset = UNSET
    """ A name for people. """
    seed: int | Unset = UNSET
    """ The seed of whatever planning draws at random; 0 unless given. """
    strategy: None | StrategyRequest | Unset = UNSET
    uavs: list[UavRequest] | Unset = UNSET
    """ The drones, at most 100. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.strategy_request import StrategyRequest  # noqa: PLC0415

        goal = self.goal.to_dict()

        network_id = str(self.network_id)

        start = self.start.to_dict()

        ugv = self.ugv.to_dict()

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

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "goal": goal,
                "network_id": network_id,
                "start": start,
                "ugv": ugv,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if seed is not UNSET:
            field_dict["seed"] = seed
        if strategy is not UNSET:
            field_dict["strategy"] = strategy
        if uavs is not UNSET:
            field_dict["uavs"] = uavs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.location_request import LocationRequest  # noqa: PLC0415
        from ..models.strategy_request import StrategyRequest  # noqa: PLC0415
        from ..models.uav_request import UavRequest  # noqa: PLC0415
        from ..models.ugv_request import UgvRequest  # noqa: PLC0415

        d = dict(src_dict)
        goal = LocationRequest.from_dict(d.pop("goal"))

        network_id = UUID(d.pop("network_id"))

        start = LocationRequest.from_dict(d.pop("start"))

        ugv = UgvRequest.from_dict(d.pop("ugv"))

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

        create_mission = cls(
            goal=goal,
            network_id=network_id,
            start=start,
            ugv=ugv,
            name=name,
            seed=seed,
            strategy=strategy,
            uavs=uavs,
        )

        return create_mission
