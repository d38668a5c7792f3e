from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.closure_view import ClosureView
    from ..models.segment_knowledge_view import SegmentKnowledgeView


T = TypeVar("T", bound="KnowledgeView")


@_attrs_define
class KnowledgeView:
    """What is known of the network."""

    closures: list[ClosureView]
    """ The closings in force, by id. """
    revision: int
    """ Counts the changes of knowledge. """
    segments: list[SegmentKnowledgeView]
    """ The segments that anything was ever said about, by id. All others are unknown. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        closures = []
        for closures_item_data in self.closures:
            closures_item = closures_item_data.to_dict()
            closures.append(closures_item)

        revision = self.revision

        segments = []
        for segments_item_data in self.segments:
            segments_item = segments_item_data.to_dict()
            segments.append(segments_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "closures": closures,
                "revision": revision,
                "segments": segments,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.closure_view import ClosureView  # noqa: PLC0415
        from ..models.segment_knowledge_view import SegmentKnowledgeView  # noqa: PLC0415

        d = dict(src_dict)
        closures = []
        _closures = d.pop("closures")
        for closures_item_data in _closures:
            closures_item = ClosureView.from_dict(closures_item_data)

            closures.append(closures_item)

        revision = d.pop("revision")

        segments = []
        _segments = d.pop("segments")
        for segments_item_data in _segments:
            segments_item = SegmentKnowledgeView.from_dict(segments_item_data)

            segments.append(segments_item)

        knowledge_view = cls(
            closures=closures,
            revision=revision,
            segments=segments,
        )

        knowledge_view.additional_properties = d
        return knowledge_view

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
