from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ...times import read_time
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="FixRequest")


@_attrs_define
class FixRequest:
    """One position of a track."""

    observed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    position: LonLat
    """ A WGS 84 position in degrees. """
    accuracy_m: float | None | Unset = UNSET
    """ The standard deviation of the position, in metres, where known; from 1 to 100 m it is believed. """
    heading_deg: float | None | Unset = UNSET
    """ The direction of travel in degrees clockwise from north, where known. One-way roads that run the other way
    are then left out. """

    def to_dict(self) -> dict[str, Any]:
        observed_at = self.observed_at.isoformat()

        position = self.position.to_dict()

        accuracy_m: float | None | Unset
        if isinstance(self.accuracy_m, Unset):
            accuracy_m = UNSET
        else:
            accuracy_m = self.accuracy_m

        heading_deg: float | None | Unset
        if isinstance(self.heading_deg, Unset):
            heading_deg = UNSET
        else:
            heading_deg = self.heading_deg

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "observed_at": observed_at,
                "position": position,
            }
        )
        if accuracy_m is not UNSET:
            field_dict["accuracy_m"] = accuracy_m
        if heading_deg is not UNSET:
            field_dict["heading_deg"] = heading_deg

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        observed_at = read_time(d.pop("observed_at"))

        position = LonLat.from_dict(d.pop("position"))

        def _parse_accuracy_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        accuracy_m = _parse_accuracy_m(d.pop("accuracy_m", UNSET))

        def _parse_heading_deg(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        heading_deg = _parse_heading_deg(d.pop("heading_deg", UNSET))

        fix_request = cls(
            observed_at=observed_at,
            position=position,
            accuracy_m=accuracy_m,
            heading_deg=heading_deg,
        )

        return fix_request
