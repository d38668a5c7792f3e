from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat
    from ..models.point import Point


T = TypeVar("T", bound="UavPosition")


@_attrs_define
class UavPosition:
    """Where a drone is: on the Earth, and in the network's plane in which it is planned."""

    lon_lat: LonLat
    """ A WGS 84 position in degrees. """
    point: Point
    """ A position in a network's local plane: metres east and north of its origin. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        lon_lat = self.lon_lat.to_dict()

        point = self.point.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "lon_lat": lon_lat,
                "point": point,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415
        from ..models.point import Point  # noqa: PLC0415

        d = dict(src_dict)
        lon_lat = LonLat.from_dict(d.pop("lon_lat"))

        point = Point.from_dict(d.pop("point"))

        uav_position = cls(
            lon_lat=lon_lat,
            point=point,
        )

        uav_position.additional_properties = d
        return uav_position

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
