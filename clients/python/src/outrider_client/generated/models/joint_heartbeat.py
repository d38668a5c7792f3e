from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..types import UNSET, Unset

T = TypeVar("T", bound="JointHeartbeat")


@_attrs_define
class JointHeartbeat:
    """The data of a `heartbeat` event in a stream of several missions."""

    interval_s: float
    """ After how many seconds at the latest the next one comes. Of a stream that is silent for much longer, the
    link is dead. """
    time: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    cursor: None | str | Unset = UNSET
    """ The id of the last event this stream has sent; absent until every mission's snapshot was sent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        interval_s = self.interval_s

        time = self.time.isoformat()

        cursor: None | str | Unset
        if isinstance(self.cursor, Unset):
            cursor = UNSET
        else:
            cursor = self.cursor

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "interval_s": interval_s,
                "time": time,
            }
        )
        if cursor is not UNSET:
            field_dict["cursor"] = cursor

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        interval_s = d.pop("interval_s")

        time = read_time(d.pop("time"))

        def _parse_cursor(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        cursor = _parse_cursor(d.pop("cursor", UNSET))

        joint_heartbeat = cls(
            interval_s=interval_s,
            time=time,
            cursor=cursor,
        )

        joint_heartbeat.additional_properties = d
        return joint_heartbeat

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
