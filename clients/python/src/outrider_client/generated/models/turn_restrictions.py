from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TurnRestrictions")


@_attrs_define
class TurnRestrictions:
    """Turn restrictions in a map."""

    incomplete: int
    """ Of these, those without a way from or to, or of a kind nobody knows. """
    no_via_node: int
    """ Of these, those that forbid a turn at a node. """
    not_applied: int
    """ Those that the network does not have: all that were read. """
    only_via_node: int
    """ Of these, those that demand a turn at a node. """
    read: int
    """ In the source. """
    via_way: int
    """ Of these, those that speak of a turn over another way. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        incomplete = self.incomplete

        no_via_node = self.no_via_node

        not_applied = self.not_applied

        only_via_node = self.only_via_node

        read = self.read

        via_way = self.via_way

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "incomplete": incomplete,
                "no_via_node": no_via_node,
                "not_applied": not_applied,
                "only_via_node": only_via_node,
                "read": read,
                "via_way": via_way,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        incomplete = d.pop("incomplete")

        no_via_node = d.pop("no_via_node")

        not_applied = d.pop("not_applied")

        only_via_node = d.pop("only_via_node")

        read = d.pop("read")

        via_way = d.pop("via_way")

        turn_restrictions = cls(
            incomplete=incomplete,
            no_via_node=no_via_node,
            not_applied=not_applied,
            only_via_node=only_via_node,
            read=read,
            via_way=via_way,
        )

        turn_restrictions.additional_properties = d
        return turn_restrictions

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
