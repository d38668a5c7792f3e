from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.leg import Leg
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="PositionView")


@_attrs_define
class PositionView:
    """A vehicle's latest position."""

    observed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    position: LonLat
    """ A WGS 84 position in degrees. """
    vehicle: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    inspecting: Leg | None | Unset = UNSET
    offset_m: float | None | Unset = UNSET
    """ Metres from that segment's first end. """
    segment: int | None | Unset = UNSET
    snapped_m: float | None | Unset = UNSET
    """ How far the place on the segment is from where the UGV said it is, in metres. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.leg import Leg  # noqa: PLC0415

        observed_at = self.observed_at.isoformat()

        position = self.position.to_dict()

        vehicle = self.vehicle

        inspecting: dict[str, Any] | None | Unset
        if isinstance(self.inspecting, Unset):
            inspecting = UNSET
        elif isinstance(self.inspecting, Leg):
            inspecting = self.inspecting.to_dict()
        else:
            inspecting = self.inspecting

        offset_m: float | None | Unset
        if isinstance(self.offset_m, Unset):
            offset_m = UNSET
        else:
            offset_m = self.offset_m

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "observed_at": observed_at,
                "position": position,
                "vehicle": vehicle,
            }
        )
        if inspecting is not UNSET:
            field_dict["inspecting"] = inspecting
        if offset_m is not UNSET:
            field_dict["offset_m"] = offset_m
        if segment is not UNSET:
            field_dict["segment"] = segment
        if snapped_m is not UNSET:
            field_dict["snapped_m"] = snapped_m

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.leg import Leg  # noqa: PLC0415
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        observed_at = read_time(d.pop("observed_at"))

        position = LonLat.from_dict(d.pop("position"))

        vehicle = d.pop("vehicle")

        def _parse_inspecting(data: object) -> Leg | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                inspecting_type_0 = Leg.from_dict(data)

                return inspecting_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Leg | None | Unset, data)

        inspecting = _parse_inspecting(d.pop("inspecting", UNSET))

        def _parse_offset_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        offset_m = _parse_offset_m(d.pop("offset_m", UNSET))

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

        position_view = cls(
            observed_at=observed_at,
            position=position,
            vehicle=vehicle,
            inspecting=inspecting,
            offset_m=offset_m,
            segment=segment,
            snapped_m=snapped_m,
        )

        position_view.additional_properties = d
        return position_view

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
