from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.import_summary import ImportSummary


T = TypeVar("T", bound="NetworkView")


@_attrs_define
class NetworkView:
    """A road network."""

    bbox: list[float]
    """ West, south, east, north, in degrees. """
    created_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    id: UUID
    """ A stored road network. """
    junction_count: int
    """ Nodes where segments meet or end. """
    length_m: float
    """ The sum of all segment lengths, in metres. """
    name: str
    """ Its name, unique within the tenant. """
    node_count: int
    """ Points of the source data that some segment passes. """
    segment_count: int
    """ Segments have the ids 0 to `segment_count` - 1. """
    source: str
    """ The format it came in. """
    import_summary: ImportSummary | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.import_summary import ImportSummary  # noqa: PLC0415

        bbox = self.bbox

        created_at = self.created_at.isoformat()

        id = str(self.id)

        junction_count = self.junction_count

        length_m = self.length_m

        name = self.name

        node_count = self.node_count

        segment_count = self.segment_count

        source = self.source

        import_summary: dict[str, Any] | None | Unset
        if isinstance(self.import_summary, Unset):
            import_summary = UNSET
        elif isinstance(self.import_summary, ImportSummary):
            import_summary = self.import_summary.to_dict()
        else:
            import_summary = self.import_summary

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "bbox": bbox,
                "created_at": created_at,
                "id": id,
                "junction_count": junction_count,
                "length_m": length_m,
                "name": name,
                "node_count": node_count,
                "segment_count": segment_count,
                "source": source,
            }
        )
        if import_summary is not UNSET:
            field_dict["import_summary"] = import_summary

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_summary import ImportSummary  # noqa: PLC0415

        d = dict(src_dict)
        bbox = cast(list[float], d.pop("bbox"))

        created_at = read_time(d.pop("created_at"))

        id = UUID(d.pop("id"))

        junction_count = d.pop("junction_count")

        length_m = d.pop("length_m")

        name = d.pop("name")

        node_count = d.pop("node_count")

        segment_count = d.pop("segment_count")

        source = d.pop("source")

        def _parse_import_summary(data: object) -> ImportSummary | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                import_summary_type_0 = ImportSummary.from_dict(data)

                return import_summary_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ImportSummary | None | Unset, data)

        import_summary = _parse_import_summary(d.pop("import_summary", UNSET))

        network_view = cls(
            bbox=bbox,
            created_at=created_at,
            id=id,
            junction_count=junction_count,
            length_m=length_m,
            name=name,
            node_count=node_count,
            segment_count=segment_count,
            source=source,
            import_summary=import_summary,
        )

        network_view.additional_properties = d
        return network_view

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
