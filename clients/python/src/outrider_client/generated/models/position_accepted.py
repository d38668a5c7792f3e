from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.position_view import PositionView


T = TypeVar("T", bound="PositionAccepted")


@_attrs_define
class PositionAccepted:
    """What became of one update."""

    applied: bool
    """ Whether it is the vehicle's latest now. A newer one may have been held already. """
    understood: PositionView
    """ A vehicle's latest position. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        applied = self.applied

        understood = self.understood.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "applied": applied,
                "understood": understood,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.position_view import PositionView  # noqa: PLC0415

        d = dict(src_dict)
        applied = d.pop("applied")

        understood = PositionView.from_dict(d.pop("understood"))

        position_accepted = cls(
            applied=applied,
            understood=understood,
        )

        position_accepted.additional_properties = d
        return position_accepted

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
