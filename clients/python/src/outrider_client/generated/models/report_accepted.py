from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ReportAccepted")


@_attrs_define
class ReportAccepted:
    """Where one report stands in the log."""

    id: UUID
    """ A report. The reporting vehicle chooses it, and sending it again with the same id changes nothing. """
    repeated: bool
    """ It was in the log already. """
    revision: int
    """ The revision of the knowledge after it. """
    segment: int
    """ A segment of one network: its position in the network's segment list. """
    seq: int
    """ Its number in the log. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        repeated = self.repeated

        revision = self.revision

        segment = self.segment

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "repeated": repeated,
                "revision": revision,
                "segment": segment,
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

        segment = d.pop("segment")

        seq = d.pop("seq")

        report_accepted = cls(
            id=id,
            repeated=repeated,
            revision=revision,
            segment=segment,
            seq=seq,
        )

        report_accepted.additional_properties = d
        return report_accepted

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
