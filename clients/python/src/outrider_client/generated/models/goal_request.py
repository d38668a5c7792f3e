from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.location_request import LocationRequest


T = TypeVar("T", bound="GoalRequest")


@_attrs_define
class GoalRequest:
    """A goal that may be headed for."""

    at: LocationRequest
    """ A location, in exactly one way: `node`; or `position` (with `heading_deg` and `snap_limit_m` if wanted),
    taken to the nearest segment; or `segment` and `offset_m`. """
    name: None | str | Unset = UNSET
    """ A name for people, to find it again in the answer. """

    def to_dict(self) -> dict[str, Any]:
        at = self.at.to_dict()

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "at": at,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.location_request import LocationRequest  # noqa: PLC0415

        d = dict(src_dict)
        at = LocationRequest.from_dict(d.pop("at"))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        goal_request = cls(
            at=at,
            name=name,
        )

        return goal_request
