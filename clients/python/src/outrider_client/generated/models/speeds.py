from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Speeds")


@_attrs_define
class Speeds:
    """Where the speeds of ways come from."""

    by_class: int
    """ Nothing is tagged: the profile's speed for the class of road. """
    by_zone: int
    """ A zone with a limit by law is tagged, such as `DE:urban`. """
    tagged: int
    """ A number is tagged. """
    unreadable: int
    """ Ways among all of these with a tagged limit that could not be read and was passed over. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        by_class = self.by_class

        by_zone = self.by_zone

        tagged = self.tagged

        unreadable = self.unreadable

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by_class": by_class,
                "by_zone": by_zone,
                "tagged": tagged,
                "unreadable": unreadable,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        by_class = d.pop("by_class")

        by_zone = d.pop("by_zone")

        tagged = d.pop("tagged")

        unreadable = d.pop("unreadable")

        speeds = cls(
            by_class=by_class,
            by_zone=by_zone,
            tagged=tagged,
            unreadable=unreadable,
        )

        speeds.additional_properties = d
        return speeds

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
