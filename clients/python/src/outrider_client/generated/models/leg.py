from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Leg")


@_attrs_define
class Leg:
    """Travel along one segment, from one offset to another; backward where `to_m` is the smaller."""

    from_m: float
    """ Where the travel begins, in metres from the segment's first end. """
    segment: int
    """ A segment of one network: its position in the network's segment list. """
    to_m: float
    """ Where it ends, in metres from the segment's first end. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from_m = self.from_m

        segment = self.segment

        to_m = self.to_m

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "from_m": from_m,
                "segment": segment,
                "to_m": to_m,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        from_m = d.pop("from_m")

        segment = d.pop("segment")

        to_m = d.pop("to_m")

        leg = cls(
            from_m=from_m,
            segment=segment,
            to_m=to_m,
        )

        leg.additional_properties = d
        return leg

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
