from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ...times import read_time
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.inspecting_request import InspectingRequest
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="PositionRequest")


@_attrs_define
class PositionRequest:
    """Where a vehicle is.

    Example:
        {'heading_deg': 90, 'observed_at': '2026-05-04T09:30:00Z', 'position': {'lat': 35.6681, 'lon': 139.8113},
            'vehicle': 'ugv'}

    """

    observed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    vehicle: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    heading_deg: float | None | Unset = UNSET
    """ The UGV's direction of travel in degrees clockwise from north, to choose between roads. """
    inspecting: InspectingRequest | None | Unset = UNSET
    offset_m: float | None | Unset = UNSET
    """ Metres from that segment's first end. """
    position: LonLat | None | Unset = UNSET
    segment: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.inspecting_request import InspectingRequest  # noqa: PLC0415
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        observed_at = self.observed_at.isoformat()

        vehicle = self.vehicle

        heading_deg: float | None | Unset
        if isinstance(self.heading_deg, Unset):
            heading_deg = UNSET
        else:
            heading_deg = self.heading_deg

        inspecting: dict[str, Any] | None | Unset
        if isinstance(self.inspecting, Unset):
            inspecting = UNSET
        elif isinstance(self.inspecting, InspectingRequest):
            inspecting = self.inspecting.to_dict()
        else:
            inspecting = self.inspecting

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

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "observed_at": observed_at,
                "vehicle": vehicle,
            }
        )
        if heading_deg is not UNSET:
            field_dict["heading_deg"] = heading_deg
        if inspecting is not UNSET:
            field_dict["inspecting"] = inspecting
        if offset_m is not UNSET:
            field_dict["offset_m"] = offset_m
        if position is not UNSET:
            field_dict["position"] = position
        if segment is not UNSET:
            field_dict["segment"] = segment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.inspecting_request import InspectingRequest  # noqa: PLC0415
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        observed_at = read_time(d.pop("observed_at"))

        vehicle = d.pop("vehicle")

        def _parse_heading_deg(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        heading_deg = _parse_heading_deg(d.pop("heading_deg", UNSET))

        def _parse_inspecting(data: object) -> InspectingRequest | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                inspecting_type_0 = InspectingRequest.from_dict(data)

                return inspecting_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(InspectingRequest | None | Unset, data)

        inspecting = _parse_inspecting(d.pop("inspecting", UNSET))

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

        position_request = cls(
            observed_at=observed_at,
            vehicle=vehicle,
            heading_deg=heading_deg,
            inspecting=inspecting,
            offset_m=offset_m,
            position=position,
            segment=segment,
        )

        return position_request
