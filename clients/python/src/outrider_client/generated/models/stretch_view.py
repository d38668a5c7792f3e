from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.leg import Leg
    from ..models.line_string_view import LineStringView


T = TypeVar("T", bound="StretchView")


@_attrs_define
class StretchView:
    """A part of the track without a break."""

    first_fix: int
    """ The position of its first fix in `fixes`. """
    last_fix: int
    """ The position of its last fix in `fixes`. """
    legs: list[Leg]
    """ What was driven, in order: of each segment the part from one offset to another. """
    length_m: float
    """ The length of that, in metres. """
    geometry: LineStringView | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.line_string_view import LineStringView  # noqa: PLC0415

        first_fix = self.first_fix

        last_fix = self.last_fix

        legs = []
        for legs_item_data in self.legs:
            legs_item = legs_item_data.to_dict()
            legs.append(legs_item)

        length_m = self.length_m

        geometry: dict[str, Any] | None | Unset
        if isinstance(self.geometry, Unset):
            geometry = UNSET
        elif isinstance(self.geometry, LineStringView):
            geometry = self.geometry.to_dict()
        else:
            geometry = self.geometry

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "first_fix": first_fix,
                "last_fix": last_fix,
                "legs": legs,
                "length_m": length_m,
            }
        )
        if geometry is not UNSET:
            field_dict["geometry"] = geometry

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.leg import Leg  # noqa: PLC0415
        from ..models.line_string_view import LineStringView  # noqa: PLC0415

        d = dict(src_dict)
        first_fix = d.pop("first_fix")

        last_fix = d.pop("last_fix")

        legs = []
        _legs = d.pop("legs")
        for legs_item_data in _legs:
            legs_item = Leg.from_dict(legs_item_data)

            legs.append(legs_item)

        length_m = d.pop("length_m")

        def _parse_geometry(data: object) -> LineStringView | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                geometry_type_0 = LineStringView.from_dict(data)

                return geometry_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LineStringView | None | Unset, data)

        geometry = _parse_geometry(d.pop("geometry", UNSET))

        stretch_view = cls(
            first_fix=first_fix,
            last_fix=last_fix,
            legs=legs,
            length_m=length_m,
            geometry=geometry,
        )

        stretch_view.additional_properties = d
        return stretch_view

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
