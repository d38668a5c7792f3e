from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="Endpoint")


@_attrs_define
class Endpoint:
    """The start, a waypoint or a goal of a mission, and how it was found."""

    offset_m: float
    """ Metres from the segment's first end, 0 to its length. """
    segment: int
    """ A segment of one network: its position in the network's segment list. """
    lon_lat: LonLat
    """ A WGS 84 position in degrees. """
    snapped_m: float
    """ How far the place is from the position that was asked for, in metres; 0 for a node. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        offset_m = self.offset_m

        segment = self.segment

        lon_lat = self.lon_lat.to_dict()

        snapped_m = self.snapped_m

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "offset_m": offset_m,
                "segment": segment,
                "lon_lat": lon_lat,
                "snapped_m": snapped_m,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        offset_m = d.pop("offset_m")

        segment = d.pop("segment")

        lon_lat = LonLat.from_dict(d.pop("lon_lat"))

        snapped_m = d.pop("snapped_m")

        endpoint = cls(
            offset_m=offset_m,
            segment=segment,
            lon_lat=lon_lat,
            snapped_m=snapped_m,
        )

        endpoint.additional_properties = d
        return endpoint

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
