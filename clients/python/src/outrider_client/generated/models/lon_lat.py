from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="LonLat")


@_attrs_define
class LonLat:
    """A WGS 84 position in degrees."""

    lat: float
    """ Latitude in degrees, north positive. """
    lon: float
    """ Longitude in degrees, east positive. """

    def to_dict(self) -> dict[str, Any]:
        lat = self.lat

        lon = self.lon

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "lat": lat,
                "lon": lon,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        lat = d.pop("lat")

        lon = d.pop("lon")

        lon_lat = cls(
            lat=lat,
            lon=lon,
        )

        return lon_lat
