from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.closure_reopen_action import ClosureReopenAction, check_closure_reopen_action

T = TypeVar("T", bound="ClosureReopen")


@_attrs_define
class ClosureReopen:
    """All closings of these segments are lifted, and blocked findings up to the time `at` are void."""

    action: ClosureReopenAction
    at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    id: UUID
    """ An operator's change of passability: one atomic closing or reopening. """
    reason: str
    """ Why, in the operator's words. """
    reopened_by: str
    """ Who decided it. """
    segments: list[int]
    """ The segments, ascending, each once. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        action: str = self.action

        at = self.at.isoformat()

        id = str(self.id)

        reason = self.reason

        reopened_by = self.reopened_by

        segments = self.segments

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "action": action,
                "at": at,
                "id": id,
                "reason": reason,
                "reopened_by": reopened_by,
                "segments": segments,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        action = check_closure_reopen_action(d.pop("action"))

        at = read_time(d.pop("at"))

        id = UUID(d.pop("id"))

        reason = d.pop("reason")

        reopened_by = d.pop("reopened_by")

        segments = cast(list[int], d.pop("segments"))

        closure_reopen = cls(
            action=action,
            at=at,
            id=id,
            reason=reason,
            reopened_by=reopened_by,
            segments=segments,
        )

        closure_reopen.additional_properties = d
        return closure_reopen

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
