from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ClosureAccepted")


@_attrs_define
class ClosureAccepted:
    """Where the change stands in the log."""

    id: UUID
    """ An operator's change of passability: one atomic closing or reopening. """
    repeated: bool
    """ It was in the log already. """
    revision: int
    """ The revision of the knowledge after it. """
    segment_count: int
    """ How many segments it concerns. """
    seq: int
    """ Its number in the log. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        repeated = self.repeated

        revision = self.revision

        segment_count = self.segment_count

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "repeated": repeated,
                "revision": revision,
                "segment_count": segment_count,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        repeated = d.pop("repeated")

        revision = d.pop("revision")

        segment_count = d.pop("segment_count")

        seq = d.pop("seq")

        closure_accepted = cls(
            id=id,
            repeated=repeated,
            revision=revision,
            segment_count=segment_count,
            seq=seq,
        )

        closure_accepted.additional_properties = d
        return closure_accepted

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
