from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.break_view import BreakView, check_break_view

T = TypeVar("T", bound="GapView")


@_attrs_define
class GapView:
    """A part of the track of which nobody knows what was driven."""

    after_fix: int
    """ The position of the last fix before it in `fixes`. """
    before_fix: int
    """ The position of the first fix behind it in `fixes`. """
    cause: BreakView
    """ Why a track was broken. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        after_fix = self.after_fix

        before_fix = self.before_fix

        cause: str = self.cause

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "after_fix": after_fix,
                "before_fix": before_fix,
                "cause": cause,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        after_fix = d.pop("after_fix")

        before_fix = d.pop("before_fix")

        cause = check_break_view(d.pop("cause"))

        gap_view = cls(
            after_fix=after_fix,
            before_fix=before_fix,
            cause=cause,
        )

        gap_view.additional_properties = d
        return gap_view

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
