from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time

T = TypeVar("T", bound="Heartbeat")


@_attrs_define
class Heartbeat:
    """The data of a `heartbeat` event."""

    interval_s: float
    """ After how many seconds at the latest the next one comes. Of a stream that is silent for much longer, the
    link is dead. """
    seq: int
    """ The last event this stream has sent. """
    time: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        interval_s = self.interval_s

        seq = self.seq

        time = self.time.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "interval_s": interval_s,
                "seq": seq,
                "time": time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        interval_s = d.pop("interval_s")

        seq = d.pop("seq")

        time = read_time(d.pop("time"))

        heartbeat = cls(
            interval_s=interval_s,
            seq=seq,
            time=time,
        )

        heartbeat.additional_properties = d
        return heartbeat

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
