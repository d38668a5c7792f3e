from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.rule_count import RuleCount
    from ..models.speeds import Speeds
    from ..models.turn_restrictions import TurnRestrictions
    from ..models.ways_dropped import WaysDropped


T = TypeVar("T", bound="RoadSummary")


@_attrs_define
class RoadSummary:
    """What an import made of the roads of a map."""

    blockage: list[RuleCount]
    """ How many segments have their blockage probability from which rule of the profile. """
    highways_read: int
    """ Of these, ways with the tag `highway`. """
    missing_nodes: int
    """ Places on roads whose node is not in the source; the pieces to them are left out. """
    nodes_joined: int
    """ Nodes that were made one with another because a road joins them at the same point. """
    oneway_ways: int
    """ Of the ways kept, those that are one-way, by tag or by implication. """
    profile: str
    """ The name of the profile: whose roads they are. """
    speeds: Speeds
    """ Where the speeds of ways come from. """
    turn_restrictions: TurnRestrictions
    """ Turn restrictions in a map. """
    ways_dropped: WaysDropped
    """ Ways with the tag `highway` that are no roads for a profile. """
    ways_kept: int
    """ Of these, those that are roads for the profile. """
    ways_read: int
    """ Ways in the source, of any kind. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        blockage = []
        for blockage_item_data in self.blockage:
            blockage_item = blockage_item_data.to_dict()
            blockage.append(blockage_item)

        highways_read = self.highways_read

        missing_nodes = self.missing_nodes

        nodes_joined = self.nodes_joined

        oneway_ways = self.oneway_ways

        profile = self.profile

        speeds = self.speeds.to_dict()

        turn_restrictions = self.turn_restrictions.to_dict()

        ways_dropped = self.ways_dropped.to_dict()

        ways_kept = self.ways_kept

        ways_read = self.ways_read

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "blockage": blockage,
                "highways_read": highways_read,
                "missing_nodes": missing_nodes,
                "nodes_joined": nodes_joined,
                "oneway_ways": oneway_ways,
                "profile": profile,
                "speeds": speeds,
                "turn_restrictions": turn_restrictions,
                "ways_dropped": ways_dropped,
                "ways_kept": ways_kept,
                "ways_read": ways_read,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.rule_count import RuleCount  # noqa: PLC0415
        from ..models.speeds import Speeds  # noqa: PLC0415
        from ..models.turn_restrictions import TurnRestrictions  # noqa: PLC0415
        from ..models.ways_dropped import WaysDropped  # noqa: PLC0415

        d = dict(src_dict)
        blockage = []
        _blockage = d.pop("blockage")
        for blockage_item_data in _blockage:
            blockage_item = RuleCount.from_dict(blockage_item_data)

            blockage.append(blockage_item)

        highways_read = d.pop("highways_read")

        missing_nodes = d.pop("missing_nodes")

        nodes_joined = d.pop("nodes_joined")

        oneway_ways = d.pop("oneway_ways")

        profile = d.pop("profile")

        speeds = Speeds.from_dict(d.pop("speeds"))

        turn_restrictions = TurnRestrictions.from_dict(d.pop("turn_restrictions"))

        ways_dropped = WaysDropped.from_dict(d.pop("ways_dropped"))

        ways_kept = d.pop("ways_kept")

        ways_read = d.pop("ways_read")

        road_summary = cls(
            blockage=blockage,
            highways_read=highways_read,
            missing_nodes=missing_nodes,
            nodes_joined=nodes_joined,
            oneway_ways=oneway_ways,
            profile=profile,
            speeds=speeds,
            turn_restrictions=turn_restrictions,
            ways_dropped=ways_dropped,
            ways_kept=ways_kept,
            ways_read=ways_read,
        )

        road_summary.additional_properties = d
        return road_summary

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
