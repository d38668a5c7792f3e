from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TurnRestrictions")


@_attrs_define
class TurnRestrictions:
    """Turn restrictions in a map."""

    incomplete: int
    """ Of these, those without a way from or to or a node between, of a kind nobody knows, or whose ways do not end
    at the node. They are not applied. """
    no_via_node: int
    """ Of these, those that forbid a turn at a node, and bind the vehicle. """
    not_applied: int
    """ Those that the network does not have, for whatever reason. A route may contain a turn that one of these
    forbids. """
    only_via_node: int
    """ Of these, those that demand a turn at a node, and bind the vehicle. """
    read: int
    """ In the source. """
    via_way: int
    """ Of these, those that speak of a turn over another way. They are not applied. """
    applied: int | Unset = UNSET
    """ Those that the network obeys. """
    conditional: int | Unset = UNSET
    """ Of these, those that hold at some times or on some conditions only. They are not applied. """
    not_for_vehicle: int | Unset = UNSET
    """ Of these, those that do not bind the vehicle of the profile. """
    turns_forbidden: int | Unset = UNSET
    """ How many turns of the network are forbidden by those. """
    without_effect: int | Unset = UNSET
    """ Of those that bind the vehicle, those about a turn that it could not take anyway: against a one-way road, or
    from or onto a road that is not in the network. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        incomplete = self.incomplete

        no_via_node = self.no_via_node

        not_applied = self.not_applied

        only_via_node = self.only_via_node

        read = self.read

        via_way = self.via_way

        applied = self.applied

        conditional = self.conditional

        not_for_vehicle = self.not_for_vehicle

        turns_forbidden = self.turns_forbidden

        without_effect = self.without_effect

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
        if applied is not UNSET:
            field_dict["applied"] = applied
        if conditional is not UNSET:
            field_dict["conditional"] = conditional
        if not_for_vehicle is not UNSET:
            field_dict["not_for_vehicle"] = not_for_vehicle
        if turns_forbidden is not UNSET:
            field_dict["turns_forbidden"] = turns_forbidden
        if without_effect is not UNSET:
            field_dict["without_effect"] = without_effect

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

        applied = d.pop("applied", UNSET)

        conditional = d.pop("conditional", UNSET)

        not_for_vehicle = d.pop("not_for_vehicle", UNSET)

        turns_forbidden = d.pop("turns_forbidden", UNSET)

        without_effect = d.pop("without_effect", UNSET)

        turn_restrictions = cls(
            incomplete=incomplete,
            no_via_node=no_via_node,
            not_applied=not_applied,
            only_via_node=only_via_node,
            read=read,
            via_way=via_way,
            applied=applied,
            conditional=conditional,
            not_for_vehicle=not_for_vehicle,
            turns_forbidden=turns_forbidden,
            without_effect=without_effect,
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
