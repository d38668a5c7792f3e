from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.leg import Leg
    from ..models.line_string_view import LineStringView


T = TypeVar("T", bound="WayView")


@_attrs_define
class WayView:
    """A way of the UGV from where it is, and what is not known of it."""

    clear_probability: float
    """ The probability that all of them are clear: the product of one minus each one's blockage probability. """
    duration_s: float
    """ How long the UGV takes, in seconds. """
    geometry: LineStringView
    """ A line in the form of a GeoJSON geometry (RFC 7946). """
    legs: list[Leg]
    """ The travelled parts of segments in order; each begins where the one before ends. """
    length_m: float
    """ Its length in metres. """
    main_roads: list[str]
    """ The named roads on which most of it lies, in the order of travel, at most three. """
    unknown_segments: int
    """ How many of its segments are unknown. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        clear_probability = self.clear_probability

        duration_s = self.duration_s

        geometry = self.geometry.to_dict()

        legs = []
        for legs_item_data in self.legs:
            legs_item = legs_item_data.to_dict()
            legs.append(legs_item)

        length_m = self.length_m

        main_roads = self.main_roads

        unknown_segments = self.unknown_segments

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "clear_probability": clear_probability,
                "duration_s": duration_s,
                "geometry": geometry,
                "legs": legs,
                "length_m": length_m,
                "main_roads": main_roads,
                "unknown_segments": unknown_segments,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.leg import Leg  # noqa: PLC0415
        from ..models.line_string_view import LineStringView  # noqa: PLC0415

        d = dict(src_dict)
        clear_probability = d.pop("clear_probability")

        duration_s = d.pop("duration_s")

        geometry = LineStringView.from_dict(d.pop("geometry"))

        legs = []
        _legs = d.pop("legs")
        for legs_item_data in _legs:
            legs_item = Leg.from_dict(legs_item_data)

            legs.append(legs_item)

        length_m = d.pop("length_m")

        main_roads = cast(list[str], d.pop("main_roads"))

        unknown_segments = d.pop("unknown_segments")

        way_view = cls(
            clear_probability=clear_probability,
            duration_s=duration_s,
            geometry=geometry,
            legs=legs,
            length_m=length_m,
            main_roads=main_roads,
            unknown_segments=unknown_segments,
        )

        way_view.additional_properties = d
        return way_view

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
