from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="UavRequest")


@_attrs_define
class UavRequest:
    """A drone."""

    speed_mps: float
    """ Its speed in metres per second, when deadheading and when inspecting. """
    id: None | str | Unset = UNSET
    start: LonLat | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        speed_mps = self.speed_mps

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        start: dict[str, Any] | None | Unset
        if isinstance(self.start, Unset):
            start = UNSET
        elif isinstance(self.start, LonLat):
            start = self.start.to_dict()
        else:
            start = self.start

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "speed_mps": speed_mps,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if start is not UNSET:
            field_dict["start"] = start

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        speed_mps = d.pop("speed_mps")

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_start(data: object) -> LonLat | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                start_type_0 = LonLat.from_dict(data)

                return start_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(LonLat | None | Unset, data)

        start = _parse_start(d.pop("start", UNSET))

        uav_request = cls(
            speed_mps=speed_mps,
            id=id,
            start=start,
        )

        return uav_request
