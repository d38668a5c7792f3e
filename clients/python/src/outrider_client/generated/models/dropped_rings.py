from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DroppedRings")


@_attrs_define
class DroppedRings:
    """The chains of kept components that an import left out because they return to their own start. A component that is
    one ring without a junction counts here too.

    """

    count: int
    """ How many. """
    length_m: float
    """ The sum of the lengths of their pieces, in metres. """
    pieces: int
    """ The pieces that they are made of. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        length_m = self.length_m

        pieces = self.pieces

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "count": count,
                "length_m": length_m,
                "pieces": pieces,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("count")

        length_m = d.pop("length_m")

        pieces = d.pop("pieces")

        dropped_rings = cls(
            count=count,
            length_m=length_m,
            pieces=pieces,
        )

        dropped_rings.additional_properties = d
        return dropped_rings

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
