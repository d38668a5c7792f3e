from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ...times import read_time
from ..models.finding import Finding, check_finding
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="ReportRequest")


@_attrs_define
class ReportRequest:
    """What a vehicle or an operator saw of one segment.

    Example:
        {'blockage_offset_m': 35.5, 'finding': 'blocked', 'id': '01938a6e-1111-7000-8000-000000000001', 'observed_at':
            '2026-05-04T09:30:00Z', 'reported_by': 'uav-1', 'segment': 214}

    """

    finding: Finding
    """ What was seen. """
    id: UUID
    """ A report. The reporting vehicle chooses it, and sending it again with the same id changes nothing. """
    observed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    reported_by: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    blockage_offset_m: float | None | Unset = UNSET
    """ Where the blockage is, when known, in metres from the segment's first end; or give `blockage_position`.
    Without either the whole segment counts as closed. """
    blockage_position: LonLat | None | Unset = UNSET
    confidence: float | None | Unset = UNSET
    """ How sure the reporter is; 1 unless given. Kept for the record. """
    heading_deg: float | None | Unset = UNSET
    """ With `position`: the direction of travel in degrees clockwise from north. """
    position: LonLat | None | Unset = UNSET
    segment: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        finding: str = self.finding

        id = str(self.id)

        observed_at = self.observed_at.isoformat()

        reported_by = self.reported_by

        blockage_offset_m: float | None | Unset
        if isinstance(self.blockage_offset_m, Unset):
            blockage_offset_m = UNSET
        else:
            blockage_offset_m = self.blockage_offset_m

        blockage_position: dict[str, Any] | None | Unset
        if isinstance(self.blockage_position, Unset):
            blockage_position = UNSET
        elif isinstance(self.blockage_position, LonLat):
            blockage_position = self.blockage_position.to_dict()
        else:
            blockage_position = self.blockage_position

        confidence: float | None | Unset
        if isinstance(self.confidence, Unset):
            confidence = UNSET
        else:
            confidence = self.confidence

        heading_deg: float | None | Unset
        if isinstance(self.heading_deg, Unset):
            heading_deg = UNSET
        else:
            heading_deg = self.heading_deg

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
                "finding": finding,
                "id": id,
                "observed_at": observed_at,
                "reported_by": reported_by,
            }
        )
        if blockage_offset_m is not UNSET:
            field_dict["blockage_offset_m"] = blockage_offset_m
        if blockage_position is not UNSET:
            field_dict["blockage_position"] = blockage_position
        if confidence is not UNSET:
            field_dict["confidence"] = confidence
        if heading_deg is not UNSET:
            field_dict["heading_deg"] = heading_deg
        if position is not UNSET:
            field_dict["position"] = position
        if segment is not UNSET:
            field_dict["segment"] = segment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        finding = check_finding(d.pop("finding"))

        id = UUID(d.pop("id"))

        observed_at = read_time(d.pop("observed_at"))

        reported_by = d.pop("reported_by")

        def _parse_blockage_offset_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        blockage_offset_m = _parse_blockage_offset_m(d.pop("blockage_offset_m", UNSET))

        def _parse_blockage_position(data: object) -> LonLat | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                blockage_position_type_0 = LonLat.from_dict(data)

                return blockage_position_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LonLat | None | Unset, data)

        blockage_position = _parse_blockage_position(d.pop("blockage_position", UNSET))

        def _parse_confidence(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        confidence = _parse_confidence(d.pop("confidence", UNSET))

        def _parse_heading_deg(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        heading_deg = _parse_heading_deg(d.pop("heading_deg", UNSET))

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

        report_request = cls(
            finding=finding,
            id=id,
            observed_at=observed_at,
            reported_by=reported_by,
            blockage_offset_m=blockage_offset_m,
            blockage_position=blockage_position,
            confidence=confidence,
            heading_deg=heading_deg,
            position=position,
            segment=segment,
        )

        return report_request
