from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.island import Island


T = TypeVar("T", bound="DroppedComponents")


@_attrs_define
class DroppedComponents:
    """The connected components that an import left out."""

    count: int
    """ How many. """
    length_m: float
    """ The sum of the lengths of their pieces, in metres. """
    nodes: int
    """ Their nodes. """
    segments: int
    """ Their chains: the segments and rings that they would have been. """
    longest: list[Island] | Unset = UNSET
    """ The longest ten of them, longest first. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        length_m = self.length_m

        nodes = self.nodes

        segments = self.segments

        longest: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.longest, Unset):
            longest = []
            for longest_item_data in self.longest:
                longest_item = longest_item_data.to_dict()
                longest.append(longest_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "count": count,
                "length_m": length_m,
                "nodes": nodes,
                "segments": segments,
            }
        )
        if longest is not UNSET:
            field_dict["longest"] = longest

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.island import Island  # noqa: PLC0415

        d = dict(src_dict)
        count = d.pop("count")

        length_m = d.pop("length_m")

        nodes = d.pop("nodes")

        segments = d.pop("segments")

        _longest = d.pop("longest", UNSET)
        longest: list[Island] | Unset = UNSET
        if _longest is not UNSET:
            longest = []
            for longest_item_data in _longest:
                longest_item = Island.from_dict(longest_item_data)

                longest.append(longest_item)

        dropped_components = cls(
            count=count,
            length_m=length_m,
            nodes=nodes,
            segments=segments,
            longest=longest,
        )

        dropped_components.additional_properties = d
        return dropped_components

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
