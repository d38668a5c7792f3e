from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.dropped_components import DroppedComponents
    from ..models.dropped_rings import DroppedRings
    from ..models.road_summary import RoadSummary


T = TypeVar("T", bound="ImportSummary")


@_attrs_define
class ImportSummary:
    """What an import read, left out and made, so that nothing disappears unseen."""

    components_read: int
    """ Connected components that the remaining pieces form; one-way pieces connect like any other. """
    dropped_components: DroppedComponents
    """ The connected components that an import left out. """
    dropped_rings: DroppedRings
    """ The chains of kept components that an import left out because they return to their own start. A component
    that is one ring without a junction counts here too. """
    duplicate_pieces: int
    """ Pieces dropped because an earlier piece joins the same two nodes. """
    junctions: int
    """ Junctions of the network: the nodes at which segments end. """
    length_m: float
    """ The sum of all segment lengths, in metres. """
    loop_pieces: int
    """ Pieces dropped because they join a node with itself. """
    merged_chains: int
    """ Segments that were merged from two or more pieces. """
    nodes: int
    """ Nodes of the network. """
    nodes_read: int
    """ Nodes in the source. """
    oneway_pairs_joined: int
    """ Of the duplicates, those that were one-way against an earlier one-way piece: the pair became a two-way
    piece. """
    pieces_read: int
    """ Straight pieces between two nodes in the source. """
    points_ignored: int
    """ GeoJSON Point features, which are no roads and were skipped. """
    segments: int
    """ Segments of the network. """
    bridges: int | Unset = UNSET
    """ Segments of the network with a bridge. """
    fords: int | Unset = UNSET
    """ Segments of the network that pass through water. """
    roads: None | RoadSummary | Unset = UNSET
    tunnels: int | Unset = UNSET
    """ Segments of the network with a tunnel. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.road_summary import RoadSummary  # noqa: PLC0415

        components_read = self.components_read

        dropped_components = self.dropped_components.to_dict()

        dropped_rings = self.dropped_rings.to_dict()

        duplicate_pieces = self.duplicate_pieces

        junctions = self.junctions

        length_m = self.length_m

        loop_pieces = self.loop_pieces

        merged_chains = self.merged_chains

        nodes = self.nodes

        nodes_read = self.nodes_read

        oneway_pairs_joined = self.oneway_pairs_joined

        pieces_read = self.pieces_read

        points_ignored = self.points_ignored

        segments = self.segments

        bridges = self.bridges

        fords = self.fords

        roads: dict[str, Any] | None | Unset
        if isinstance(self.roads, Unset):
            roads = UNSET
        elif isinstance(self.roads, RoadSummary):
            roads = self.roads.to_dict()
        else:
            roads = self.roads

        tunnels = self.tunnels

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "components_read": components_read,
                "dropped_components": dropped_components,
                "dropped_rings": dropped_rings,
                "duplicate_pieces": duplicate_pieces,
                "junctions": junctions,
                "length_m": length_m,
                "loop_pieces": loop_pieces,
                "merged_chains": merged_chains,
                "nodes": nodes,
                "nodes_read": nodes_read,
                "oneway_pairs_joined": oneway_pairs_joined,
                "pieces_read": pieces_read,
                "points_ignored": points_ignored,
                "segments": segments,
            }
        )
        if bridges is not UNSET:
            field_dict["bridges"] = bridges
        if fords is not UNSET:
            field_dict["fords"] = fords
        if roads is not UNSET:
            field_dict["roads"] = roads
        if tunnels is not UNSET:
            field_dict["tunnels"] = tunnels

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dropped_components import DroppedComponents  # noqa: PLC0415
        from ..models.dropped_rings import DroppedRings  # noqa: PLC0415
        from ..models.road_summary import RoadSummary  # noqa: PLC0415

        d = dict(src_dict)
        components_read = d.pop("components_read")

        dropped_components = DroppedComponents.from_dict(d.pop("dropped_components"))

        dropped_rings = DroppedRings.from_dict(d.pop("dropped_rings"))

        duplicate_pieces = d.pop("duplicate_pieces")

        junctions = d.pop("junctions")

        length_m = d.pop("length_m")

        loop_pieces = d.pop("loop_pieces")

        merged_chains = d.pop("merged_chains")

        nodes = d.pop("nodes")

        nodes_read = d.pop("nodes_read")

        oneway_pairs_joined = d.pop("oneway_pairs_joined")

        pieces_read = d.pop("pieces_read")

        points_ignored = d.pop("points_ignored")

        segments = d.pop("segments")

        bridges = d.pop("bridges", UNSET)

        fords = d.pop("fords", UNSET)

        def _parse_roads(data: object) -> None | RoadSummary | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                roads_type_0 = RoadSummary.from_dict(data)

                return roads_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RoadSummary | Unset, data)

        roads = _parse_roads(d.pop("roads", UNSET))

        tunnels = d.pop("tunnels", UNSET)

        import_summary = cls(
            components_read=components_read,
            dropped_components=dropped_components,
            dropped_rings=dropped_rings,
            duplicate_pieces=duplicate_pieces,
            junctions=junctions,
            length_m=length_m,
            loop_pieces=loop_pieces,
            merged_chains=merged_chains,
            nodes=nodes,
            nodes_read=nodes_read,
            oneway_pairs_joined=oneway_pairs_joined,
            pieces_read=pieces_read,
            points_ignored=points_ignored,
            segments=segments,
            bridges=bridges,
            fords=fords,
            roads=roads,
            tunnels=tunnels,
        )

        import_summary.additional_properties = d
        return import_summary

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
