from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.fix_view import FixView
    from ..models.gap_view import GapView
    from ..models.stretch_view import StretchView


T = TypeVar("T", bound="MatchView")


@_attrs_define
class MatchView:
    """A track on the network."""

    fixes: list[FixView]
    """ One entry a fix, in the order sent. """
    gaps: list[GapView]
    """ What lies between the stretches: of these parts nobody knows what was driven. """
    stretches: list[StretchView]
    """ What was driven, in order: one part of the track without a break each. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        fixes = []
        for fixes_item_data in self.fixes:
            fixes_item = fixes_item_data.to_dict()
            fixes.append(fixes_item)

        gaps = []
        for gaps_item_data in self.gaps:
            gaps_item = gaps_item_data.to_dict()
            gaps.append(gaps_item)

        stretches = []
        for stretches_item_data in self.stretches:
            stretches_item = stretches_item_data.to_dict()
            stretches.append(stretches_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "fixes": fixes,
                "gaps": gaps,
                "stretches": stretches,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.fix_view import FixView  # noqa: PLC0415
        from ..models.gap_view import GapView  # noqa: PLC0415
        from ..models.stretch_view import StretchView  # noqa: PLC0415

        d = dict(src_dict)
        fixes = []
        _fixes = d.pop("fixes")
        for fixes_item_data in _fixes:
            fixes_item = FixView.from_dict(fixes_item_data)

            fixes.append(fixes_item)

        gaps = []
        _gaps = d.pop("gaps")
        for gaps_item_data in _gaps:
            gaps_item = GapView.from_dict(gaps_item_data)

            gaps.append(gaps_item)

        stretches = []
        _stretches = d.pop("stretches")
        for stretches_item_data in _stretches:
            stretches_item = StretchView.from_dict(stretches_item_data)

            stretches.append(stretches_item)

        match_view = cls(
            fixes=fixes,
            gaps=gaps,
            stretches=stretches,
        )

        match_view.additional_properties = d
        return match_view

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
