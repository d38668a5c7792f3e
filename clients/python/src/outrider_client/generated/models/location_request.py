from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="LocationRequest")


@_attrs_define
class LocationRequest:
    """A location, in exactly one way: `node`; or `position` (with `heading_deg` and `snap_limit_m` if wanted), taken to
    the nearest segment; or `segment` and `offset_m`.

        Example:
            {'position': {'lat': 35.6681, 'lon': 139.8113}}

    """

    heading_deg: float | None | Unset = UNSET
    """ Direction of travel in degrees clockwise from north, to choose between roads near the position. """
    node: None | str | Unset = UNSET
    """ The id of a node in the source data. """
    offset_m: float | None | Unset = UNSET
    """ Metres from the segment's first end. """
    position: LonLat | None | Unset = UNSET
    segment: int | None | Unset = UNSET
    snap_limit_m: float | None | Unset = UNSET
    """ How far the nearest segment may be from the position; 100 m unless given. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        heading_deg: float | None | Unset
        if isinstance(self.heading_deg, Unset):
            heading_deg = UNSET
        else:
            heading_deg = self.heading_deg

        node: None | str | Unset
        if isinstance(self.node, Unset):
            node = UNSET
        else:
            node = self.node

        offset_m: float | None | Unset
        if isinstance(self.offset_m, Unset):
            offset_m = UNSET
        else:
            offset_m = self.offset_m

        position: dict[str, Any] | None | Unset
        if isinstance(self.position, Unset):
            position = UNSET
        elif isinstance(self.position, LonLat):
            position = self.position.to_dict()
        else:
            position = self.position

        segment: int | None | Unset
        if isinstance(self.segment, Unset):
            segment = UNSET
        else:
            segment = self.segment

        snap_limit_m: float | None | Unset
        if isinstance(self.snap_limit_m, Unset):
            snap_limit_m = UNSET
        else:
            snap_limit_m = self.snap_limit_m

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if heading_deg is not UNSET:
            field_dict["heading_deg"] = heading_deg
        if node is not UNSET:
            field_dict["node"] = node
        if offset_m is not UNSET:
            field_dict["offset_m"] = offset_m
        if position is not UNSET:
            field_dict["position"] = position
        if segment is not UNSET:
            field_dict["segment"] = segment
        if snap_limit_m is not UNSET:
            field_dict["snap_limit_m"] = snap_limit_m

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_heading_deg(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        heading_deg = _parse_heading_deg(d.pop("heading_deg", UNSET))

        def _parse_node(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        node = _parse_node(d.pop("node", UNSET))

        def _parse_offset_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        offset_m = _parse_offset_m(d.pop("offset_m", UNSET))

        def _parse_position(data: object) -> LonLat | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                position_type_0 = LonLat.from_dict(data)

                return position_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LonLat | None | Unset, data)

        position = _parse_position(d.pop("position", UNSET))

        def _parse_segment(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        segment = _parse_segment(d.pop("segment", UNSET))

        def _parse_snap_limit_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        snap_limit_m = _parse_snap_limit_m(d.pop("snap_limit_m", UNSET))

        location_request = cls(
            heading_deg=heading_deg,
            node=node,
            offset_m=offset_m,
            position=position,
            segment=segment,
            snap_limit_m=snap_limit_m,
        )

        return location_request
