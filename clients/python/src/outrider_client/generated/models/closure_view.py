from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..types import UNSET, Unset

T = TypeVar("T", bound="ClosureView")


@_attrs_define
class ClosureView:
    """A closing in force."""

    closed_by: str
    """ Who decided it. """
    id: UUID
    """ An operator's change of passability: one atomic closing or reopening. """
    reason: str
    """ Why, in the operator's words. """
    segment_count: int
    """ How many segments it closed. """
    expires_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        closed_by = self.closed_by

        id = str(self.id)

        reason = self.reason

        segment_count = self.segment_count

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "closed_by": closed_by,
                "id": id,
                "reason": reason,
                "segment_count": segment_count,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        closed_by = d.pop("closed_by")

        id = UUID(d.pop("id"))

        reason = d.pop("reason")

        segment_count = d.pop("segment_count")

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = read_time(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        closure_view = cls(
            closed_by=closed_by,
            id=id,
            reason=reason,
            segment_count=segment_count,
            expires_at=expires_at,
        )

        closure_view.additional_properties = d
        return closure_view

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
