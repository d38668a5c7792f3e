from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ...times import read_time
from ..models.action import Action, check_action
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.polygon_request import PolygonRequest


T = TypeVar("T", bound="CreateClosure")


@_attrs_define
class CreateClosure:
    """What an operator decides about segments.

    Example:
        {'action': 'close', 'decided_by': 'ops', 'reason': 'bridge under water', 'segments': [17, 18]}

    """

    action: Action
    """ What happens to the segments. """
    reason: str
    """ Why. """
    area: None | PolygonRequest | Unset = UNSET
    decided_by: None | str | Unset = UNSET
    """ Who decided it; `operator` unless given. """
    expires_at: datetime.datetime | None | Unset = UNSET
    id: None | Unset | UUID = UNSET
    segments: list[int] | None | Unset = UNSET
    """ The segments; or give `area`. """

    def to_dict(self) -> dict[str, Any]:
        from ..models.polygon_request import PolygonRequest  # noqa: PLC0415

        action: str = self.action

        reason = self.reason

        area: dict[str, Any] | None | Unset
        if isinstance(self.area, Unset):
            area = UNSET
        elif isinstance(self.area, PolygonRequest):
            area = self.area.to_dict()
        else:
            area = self.area

        decided_by: None | str | Unset
        if isinstance(self.decided_by, Unset):
            decided_by = UNSET
        else:
            decided_by = self.decided_by

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        elif isinstance(self.id, UUID):
            id = str(self.id)
        else:
            id = self.id

        segments: list[int] | None | Unset
        if isinstance(self.segments, Unset):
            segments = UNSET
        elif isinstance(self.segments, list):
            segments = self.segments

        else:
            segments = self.segments

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "action": action,
                "reason": reason,
            }
        )
        if area is not UNSET:
            field_dict["area"] = area
        if decided_by is not UNSET:
            field_dict["decided_by"] = decided_by
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if id is not UNSET:
            field_dict["id"] = id
        if segments is not UNSET:
            field_dict["segments"] = segments

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.polygon_request import PolygonRequest  # noqa: PLC0415

        d = dict(src_dict)
        action = check_action(d.pop("action"))

        reason = d.pop("reason")

        def _parse_area(data: object) -> None | PolygonRequest | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                area_type_0 = PolygonRequest.from_dict(data)

                return area_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PolygonRequest | Unset, data)

        area = _parse_area(d.pop("area", UNSET))

        def _parse_decided_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        decided_by = _parse_decided_by(d.pop("decided_by", UNSET))

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

        def _parse_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                id_type_0 = UUID(data)

                return id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_segments(data: object) -> list[int] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                segments_type_0 = cast(list[int], data)

                return segments_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[int] | None | Unset, data)

        segments = _parse_segments(d.pop("segments", UNSET))

        create_closure = cls(
            action=action,
            reason=reason,
            area=area,
            decided_by=decided_by,
            expires_at=expires_at,
            id=id,
            segments=segments,
        )

        return create_closure
