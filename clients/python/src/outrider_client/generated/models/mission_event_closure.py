from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.mission_event_closure_kind import MissionEventClosureKind, check_mission_event_closure_kind

if TYPE_CHECKING:
    from ..models.closure_close import ClosureClose
    from ..models.closure_close_each import ClosureCloseEach
    from ..models.closure_expire import ClosureExpire
    from ..models.closure_reopen import ClosureReopen


T = TypeVar("T", bound="MissionEventClosure")


@_attrs_define
class MissionEventClosure:
    """An operator's closing or reopening, or the expiry of one."""

    body: ClosureClose | ClosureCloseEach | ClosureExpire | ClosureReopen
    """ What happens to the named segments. """
    kind: MissionEventClosureKind
    recorded_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    revision: int
    """ The revision of the knowledge after it. """
    seq: int
    """ Its number in the mission's log: 1, 2, 3 and so on without gaps. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.closure_close import ClosureClose  # noqa: PLC0415
        from ..models.closure_close_each import ClosureCloseEach  # noqa: PLC0415
        from ..models.closure_reopen import ClosureReopen  # noqa: PLC0415

        body: dict[str, Any]
        if isinstance(self.body, ClosureClose):
            body = self.body.to_dict()
        elif isinstance(self.body, ClosureCloseEach):
            body = self.body.to_dict()
        elif isinstance(self.body, ClosureReopen):
            body = self.body.to_dict()
        else:
            body = self.body.to_dict()

        kind: str = self.kind

        recorded_at = self.recorded_at.isoformat()

        revision = self.revision

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "body": body,
                "kind": kind,
                "recorded_at": recorded_at,
                "revision": revision,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.closure_close import ClosureClose  # noqa: PLC0415
        from ..models.closure_close_each import ClosureCloseEach  # noqa: PLC0415
        from ..models.closure_expire import ClosureExpire  # noqa: PLC0415
        from ..models.closure_reopen import ClosureReopen  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_body(data: object) -> ClosureClose | ClosureCloseEach | ClosureExpire | ClosureReopen:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_closure_type_0 = ClosureClose.from_dict(data)

                return componentsschemas_closure_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_closure_type_1 = ClosureCloseEach.from_dict(data)

                return componentsschemas_closure_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_closure_type_2 = ClosureReopen.from_dict(data)

                return componentsschemas_closure_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_closure_type_3 = ClosureExpire.from_dict(data)

            return componentsschemas_closure_type_3

        body = _parse_body(d.pop("body"))

        kind = check_mission_event_closure_kind(d.pop("kind"))

        recorded_at = read_time(d.pop("recorded_at"))

        revision = d.pop("revision")

        seq = d.pop("seq")

        mission_event_closure = cls(
            body=body,
            kind=kind,
            recorded_at=recorded_at,
            revision=revision,
            seq=seq,
        )

        mission_event_closure.additional_properties = d
        return mission_event_closure

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
