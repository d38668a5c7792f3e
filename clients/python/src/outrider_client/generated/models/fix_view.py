from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.fix_outcome import FixOutcome, check_fix_outcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="FixView")


@_attrs_define
class FixView:
    """What became of a fix."""

    outcome: FixOutcome
    """ What became of a fix. """
    confidence: float | None | Unset = UNSET
    """ How probable this segment is, among those around and given all fixes of the stretch, by the model that
    matches: a road that the network does not have is not reckoned with. """
    offset_m: float | None | Unset = UNSET
    """ Metres from the segment's first end. """
    position: LonLat | None | Unset = UNSET
    segment: int | None | Unset = UNSET
    snapped_m: float | None | Unset = UNSET
    """ How far it is from the fix, in metres. """
    stretch: int | None | Unset = UNSET
    """ The position of its stretch in `stretches`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        outcome: str = self.outcome

        confidence: float | None | Unset
        if isinstance(self.confidence, Unset):
            confidence = UNSET
        else:
            confidence = self.confidence

        offset_m: float | None | Unset
        if isinstance(self.offset_m, Unset):
            offset_m = UNSET
        else:
            offset_m = self.offset_m

        position: dict[str, Any] | None | Unset
        if isinstance(self.position, Unset):
            position = UNSET
        elif isinstance(self.position, LonLat):
            position = self.position.to_dict()
        else:
            position = self.position

        segment: int | None | Unset
        if isinstance(self.segment, Unset):
            segment = UNSET
        else:
            segment = self.segment

        snapped_m: float | None | Unset
        if isinstance(self.snapped_m, Unset):
            snapped_m = UNSET
        else:
            snapped_m = self.snapped_m

        stretch: int | None | Unset
        if isinstance(self.stretch, Unset):
            stretch = UNSET
        else:
            stretch = self.stretch

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "outcome": outcome,
            }
        )
        if confidence is not UNSET:
            field_dict["confidence"] = confidence
        if offset_m is not UNSET:
            field_dict["offset_m"] = offset_m
        if position is not UNSET:
            field_dict["position"] = position
        if segment is not UNSET:
            field_dict["segment"] = segment
        if snapped_m is not UNSET:
            field_dict["snapped_m"] = snapped_m
        if stretch is not UNSET:
            field_dict["stretch"] = stretch

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        outcome = check_fix_outcome(d.pop("outcome"))

        def _parse_confidence(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        confidence = _parse_confidence(d.pop("confidence", UNSET))

        def _parse_offset_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        offset_m = _parse_offset_m(d.pop("offset_m", UNSET))

        def _parse_position(data: object) -> LonLat | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                position_type_0 = LonLat.from_dict(data)

                return position_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LonLat | None | Unset, data)

        position = _parse_position(d.pop("position", UNSET))

        def _parse_segment(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        segment = _parse_segment(d.pop("segment", UNSET))

        def _parse_snapped_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        snapped_m = _parse_snapped_m(d.pop("snapped_m", UNSET))

        def _parse_stretch(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        stretch = _parse_stretch(d.pop("stretch", UNSET))

        fix_view = cls(
            outcome=outcome,
            confidence=confidence,
            offset_m=offset_m,
            position=position,
            segment=segment,
            snapped_m=snapped_m,
            stretch=stretch,
        )

        fix_view.additional_properties = d
        return fix_view

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
