from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WaysDropped")


@_attrs_define
class WaysDropped:
    """Ways with the tag `highway` that are no roads for a profile."""

    closed: int
    """ Closed by an access tag. """
    excluded: int
    """ With a tag the profile excludes, such as squares. """
    other_class: int
    """ Of a class the profile does not list, such as footways for a car. """
    too_few_nodes: int
    """ With fewer than two nodes. """
    too_small: int
    """ Too low, too narrow or too weak for the vehicle. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        closed = self.closed

        excluded = self.excluded

        other_class = self.other_class

        too_few_nodes = self.too_few_nodes

        too_small = self.too_small

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "closed": closed,
                "excluded": excluded,
                "other_class": other_class,
                "too_few_nodes": too_few_nodes,
                "too_small": too_small,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        closed = d.pop("closed")

        excluded = d.pop("excluded")

        other_class = d.pop("other_class")

        too_few_nodes = d.pop("too_few_nodes")

        too_small = d.pop("too_small")

        ways_dropped = cls(
            closed=closed,
            excluded=excluded,
            other_class=other_class,
            too_few_nodes=too_few_nodes,
            too_small=too_small,
        )

        ways_dropped.additional_properties = d
        return ways_dropped

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
