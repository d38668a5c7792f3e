from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.feed_outcome_view import FeedOutcomeView, check_feed_outcome_view
from ..types import UNSET, Unset

T = TypeVar("T", bound="FeatureView")


@_attrs_define
class FeatureView:
    """What became of one feature."""

    outcome: FeedOutcomeView
    """ What became of a feature. """
    pointer: str
    """ A JSON pointer to it in the document. """
    segments: list[int]
    """ The segments that match it. """
    closure: None | Unset | UUID = UNSET
    expires_at: datetime.datetime | None | Unset = UNSET
    feature_id: None | str | Unset = UNSET
    """ Its id there. """
    message: None | str | Unset = UNSET
    """ More, in words. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        outcome: str = self.outcome

        pointer = self.pointer

        segments = self.segments

        closure: None | str | Unset
        if isinstance(self.closure, Unset):
            closure = UNSET
        elif isinstance(self.closure, UUID):
            closure = str(self.closure)
        else:
            closure = self.closure

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        feature_id: None | str | Unset
        if isinstance(self.feature_id, Unset):
            feature_id = UNSET
        else:
            feature_id = self.feature_id

        message: None | str | Unset
        if isinstance(self.message, Unset):
            message = UNSET
        else:
            message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "outcome": outcome,
                "pointer": pointer,
                "segments": segments,
            }
        )
        if closure is not UNSET:
            field_dict["closure"] = closure
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if feature_id is not UNSET:
            field_dict["feature_id"] = feature_id
        if message is not UNSET:
            field_dict["message"] = message

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        outcome = check_feed_outcome_view(d.pop("outcome"))

        pointer = d.pop("pointer")

        segments = cast(list[int], d.pop("segments"))

        def _parse_closure(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closure_type_0 = UUID(data)

                return closure_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        closure = _parse_closure(d.pop("closure", UNSET))

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

        def _parse_feature_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        feature_id = _parse_feature_id(d.pop("feature_id", UNSET))

        def _parse_message(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        message = _parse_message(d.pop("message", UNSET))

        feature_view = cls(
            outcome=outcome,
            pointer=pointer,
            segments=segments,
            closure=closure,
            expires_at=expires_at,
            feature_id=feature_id,
            message=message,
        )

        feature_view.additional_properties = d
        return feature_view

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
