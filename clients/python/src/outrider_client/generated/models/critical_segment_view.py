from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_string_view import LineStringView


T = TypeVar("T", bound="CriticalSegmentView")


@_attrs_define
class CriticalSegmentView:
    """A segment on which much depends."""

    blockage_probability: float
    """ The probability that it is blocked. """
    cuts_off_probability: float
    """ Of the worlds in which the goal is reached if it is clear, the share in which it is not if it is blocked.
    """
    geometry: LineStringView
    """ A line in the form of a GeoJSON geometry (RFC 7946). """
    segment: int
    """ A segment of one network: its position in the network's segment list. """
    used_probability: float
    """ The share of worlds in which the UGV drives on it, or has its way blocked by it. """
    criticality_s: float | None | Unset = UNSET
    """ That delay times the probability that it is blocked, in seconds; null if there is no delay. """
    delay_s: float | None | Unset = UNSET
    """ By how much later the UGV is expected if it is blocked than if it is clear, in seconds, over the worlds in
    which the goal is reached either way; null if there is none. """
    name: None | str | Unset = UNSET
    """ The road's name, where known. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        blockage_probability = self.blockage_probability

        cuts_off_probability = self.cuts_off_probability

        geometry = self.geometry.to_dict()

        segment = self.segment

        used_probability = self.used_probability

        criticality_s: float | None | Unset
        if isinstance(self.criticality_s, Unset):
            criticality_s = UNSET
        else:
            criticality_s = self.criticality_s

        delay_s: float | None | Unset
        if isinstance(self.delay_s, Unset):
            delay_s = UNSET
        else:
            delay_s = self.delay_s

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "blockage_probability": blockage_probability,
                "cuts_off_probability": cuts_off_probability,
                "geometry": geometry,
                "segment": segment,
                "used_probability": used_probability,
            }
        )
        if criticality_s is not UNSET:
            field_dict["criticality_s"] = criticality_s
        if delay_s is not UNSET:
            field_dict["delay_s"] = delay_s
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_string_view import LineStringView  # noqa: PLC0415

        d = dict(src_dict)
        blockage_probability = d.pop("blockage_probability")

        cuts_off_probability = d.pop("cuts_off_probability")

        geometry = LineStringView.from_dict(d.pop("geometry"))

        segment = d.pop("segment")

        used_probability = d.pop("used_probability")

        def _parse_criticality_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        criticality_s = _parse_criticality_s(d.pop("criticality_s", UNSET))

        def _parse_delay_s(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        delay_s = _parse_delay_s(d.pop("delay_s", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        critical_segment_view = cls(
            blockage_probability=blockage_probability,
            cuts_off_probability=cuts_off_probability,
            geometry=geometry,
            segment=segment,
            used_probability=used_probability,
            criticality_s=criticality_s,
            delay_s=delay_s,
            name=name,
        )

        critical_segment_view.additional_properties = d
        return critical_segment_view

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
