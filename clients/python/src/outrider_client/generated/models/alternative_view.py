from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.way_view import WayView


T = TypeVar("T", bound="AlternativeView")


@_attrs_define
class AlternativeView:
    """Another route."""

    difference: str
    """ What differs, in words. """
    later_by_s: float
    """ By how much the UGV takes longer, in seconds. """
    longer_by_m: float
    """ By how much it is longer than the current route, in metres; negative if it is shorter. """
    shared_fraction: float
    """ The same as a part of its length, 0 to 1. """
    shared_m: float
    """ How much of it lies on the current route, in metres. """
    way: WayView
    """ A way of the UGV from where it is, and what is not known of it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        difference = self.difference

        later_by_s = self.later_by_s

        longer_by_m = self.longer_by_m

        shared_fraction = self.shared_fraction

        shared_m = self.shared_m

        way = self.way.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "difference": difference,
                "later_by_s": later_by_s,
                "longer_by_m": longer_by_m,
                "shared_fraction": shared_fraction,
                "shared_m": shared_m,
                "way": way,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.way_view import WayView  # noqa: PLC0415

        d = dict(src_dict)
        difference = d.pop("difference")

        later_by_s = d.pop("later_by_s")

        longer_by_m = d.pop("longer_by_m")

        shared_fraction = d.pop("shared_fraction")

        shared_m = d.pop("shared_m")

        way = WayView.from_dict(d.pop("way"))

        alternative_view = cls(
            difference=difference,
            later_by_s=later_by_s,
            longer_by_m=longer_by_m,
            shared_fraction=shared_fraction,
            shared_m=shared_m,
            way=way,
        )

        alternative_view.additional_properties = d
        return alternative_view

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
