from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="UavView")


@_attrs_define
class UavView:
    """A drone of a mission."""

    id: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    speed_mps: float
    """ Its speed in metres per second. """
    start: LonLat
    """ A WGS 84 position in degrees. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        speed_mps = self.speed_mps

        start = self.start.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "speed_mps": speed_mps,
                "start": start,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        speed_mps = d.pop("speed_mps")

        start = LonLat.from_dict(d.pop("start"))

        uav_view = cls(
            id=id,
            speed_mps=speed_mps,
            start=start,
        )

        uav_view.additional_properties = d
        return uav_view

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
