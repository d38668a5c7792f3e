from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.place import Place


T = TypeVar("T", bound="UgvSituation")


@_attrs_define
class UgvSituation:
    """Where the UGV is and how fast it goes, as a planner sees it."""

    place: Place
    """ A place on the network: so many metres along a segment from its first end. """
    speed_mps: float
    """ Its constant speed in metres per second. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        place = self.place.to_dict()

        speed_mps = self.speed_mps

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "place": place,
                "speed_mps": speed_mps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.place import Place  # noqa: PLC0415

        d = dict(src_dict)
        place = Place.from_dict(d.pop("place"))

        speed_mps = d.pop("speed_mps")

        ugv_situation = cls(
            place=place,
            speed_mps=speed_mps,
        )

        ugv_situation.additional_properties = d
        return ugv_situation

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
