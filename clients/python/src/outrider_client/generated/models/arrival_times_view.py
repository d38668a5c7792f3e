from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time

T = TypeVar("T", bound="ArrivalTimesView")


@_attrs_define
class ArrivalTimesView:
    """When the UGV arrives, as times of day."""

    p10: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    p50: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    p90: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        p10 = self.p10.isoformat()

        p50 = self.p50.isoformat()

        p90 = self.p90.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "p10": p10,
                "p50": p50,
                "p90": p90,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        p10 = read_time(d.pop("p10"))

        p50 = read_time(d.pop("p50"))

        p90 = read_time(d.pop("p90"))

        arrival_times_view = cls(
            p10=p10,
            p50=p50,
            p90=p90,
        )

        arrival_times_view.additional_properties = d
        return arrival_times_view

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
