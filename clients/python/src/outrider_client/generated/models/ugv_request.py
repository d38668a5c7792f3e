from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="UgvRequest")


@_attrs_define
class UgvRequest:
    """The ground vehicle."""

    speed_mps: float
    """ Its constant speed in metres per second. """

    def to_dict(self) -> dict[str, Any]:
        speed_mps = self.speed_mps

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "speed_mps": speed_mps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        speed_mps = d.pop("speed_mps")

        ugv_request = cls(
            speed_mps=speed_mps,
        )

        return ugv_request
