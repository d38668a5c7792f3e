from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.closure_expire_action import ClosureExpireAction, check_closure_expire_action

T = TypeVar("T", bound="ClosureExpire")


@_attrs_define
class ClosureExpire:
    """A closing has reached its expiry."""

    action: ClosureExpireAction
    id: UUID
    """ An operator's change of passability: one atomic closing or reopening. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action: str = self.action

        id = str(self.id)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "id": id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        action = check_closure_expire_action(d.pop("action"))

        id = UUID(d.pop("id"))

        closure_expire = cls(
            action=action,
            id=id,
        )

        closure_expire.additional_properties = d
        return closure_expire

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
