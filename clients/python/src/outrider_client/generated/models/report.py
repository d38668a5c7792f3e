from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.finding import Finding, check_finding
from ..types import UNSET, Unset

T = TypeVar("T", bound="Report")


@_attrs_define
class Report:
    """One inspection result of one segment."""

    confidence: float
    """ How sure the reporter is, above 0 and up to 1. Kept for the record; findings count as certain. """
    finding: Finding
    """ What was seen. """
    id: UUID
    """ A report. The reporting vehicle chooses it, and sending it again with the same id changes nothing. """
    observed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    reported_by: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    segment: int
    """ A segment of one network: its position in the network's segment list. """
    blockage_offset_m: float | None | Unset = UNSET
    """ Where the blockage is, in metres from the segment's first end, when known. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        confidence = self.confidence

        finding: str = self.finding

        id = str(self.id)

        observed_at = self.observed_at.isoformat()

        reported_by = self.reported_by

        segment = self.segment

        blockage_offset_m: float | None | Unset
        if isinstance(self.blockage_offset_m, Unset):
            blockage_offset_m = UNSET
        else:
            blockage_offset_m = self.blockage_offset_m

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "confidence": confidence,
                "finding": finding,
                "id": id,
                "observed_at": observed_at,
                "reported_by": reported_by,
                "segment": segment,
            }
        )
        if blockage_offset_m is not UNSET:
            field_dict["blockage_offset_m"] = blockage_offset_m

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        confidence = d.pop("confidence")

        finding = check_finding(d.pop("finding"))

        id = UUID(d.pop("id"))

        observed_at = read_time(d.pop("observed_at"))

        reported_by = d.pop("reported_by")

        segment = d.pop("segment")

        def _parse_blockage_offset_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        blockage_offset_m = _parse_blockage_offset_m(d.pop("blockage_offset_m", UNSET))

        report = cls(
            confidence=confidence,
            finding=finding,
            id=id,
            observed_at=observed_at,
            reported_by=reported_by,
            segment=segment,
            blockage_offset_m=blockage_offset_m,
        )

        report.additional_properties = d
        return report

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
