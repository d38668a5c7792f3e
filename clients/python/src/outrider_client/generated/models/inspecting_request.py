from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.direction import Direction, check_direction

T = TypeVar("T", bound="InspectingRequest")


@_attrs_define
class InspectingRequest:
    """An inspection under way."""

    direction: Direction
    """ A direction of travel along a segment. """
    segment: int
    """ A segment of one network: its position in the network's segment list. """

    def to_dict(self) -> dict[str, Any]:
        direction: str = self.direction

        segment = self.segment

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "direction": direction,
                "segment": segment,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        direction = check_direction(d.pop("direction"))

        segment = d.pop("segment")

        inspecting_request = cls(
            direction=direction,
            segment=segment,
        )

        return inspecting_request
