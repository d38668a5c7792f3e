from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.report_accepted import ReportAccepted


T = TypeVar("T", bound="ReportsAccepted")


@_attrs_define
class ReportsAccepted:
    """Where the reports stand in the log."""

    reports: list[ReportAccepted]
    """ One entry a report, in the order sent. """
    revision: int
    """ The revision of the knowledge after that. """
    seq: int
    """ The number of the last of them in the log. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reports = []
        for reports_item_data in self.reports:
            reports_item = reports_item_data.to_dict()
            reports.append(reports_item)

        revision = self.revision

        seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "reports": reports,
                "revision": revision,
                "seq": seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.report_accepted import ReportAccepted  # noqa: PLC0415

        d = dict(src_dict)
        reports = []
        _reports = d.pop("reports")
        for reports_item_data in _reports:
            reports_item = ReportAccepted.from_dict(reports_item_data)

            reports.append(reports_item)

        revision = d.pop("revision")

        seq = d.pop("seq")

        reports_accepted = cls(
            reports=reports,
            revision=revision,
            seq=seq,
        )

        reports_accepted.additional_properties = d
        return reports_accepted

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
