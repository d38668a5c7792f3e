from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.segment_state import SegmentState, check_segment_state
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.report import Report


T = TypeVar("T", bound="SegmentKnowledgeView")


@_attrs_define
class SegmentKnowledgeView:
    """What is known of one segment."""

    segment: int
    """ A segment of one network: its position in the network's segment list. """
    state: SegmentState
    """ Whether a UGV can pass a segment, as far as is known. """
    blockage_offset_m: float | None | Unset = UNSET
    """ Where it is blocked, in metres from its first end, when the point is known. """
    closed_by: list[UUID] | Unset = UNSET
    """ The closings in force on it. """
    observation: None | Report | Unset = UNSET
    reopened_at: datetime.datetime | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.report import Report  # noqa: PLC0415

        segment = self.segment

        state: str = self.state

        blockage_offset_m: float | None | Unset
        if isinstance(self.blockage_offset_m, Unset):
            blockage_offset_m = UNSET
        else:
            blockage_offset_m = self.blockage_offset_m

        closed_by: list[str] | Unset = UNSET
        if not isinstance(self.closed_by, Unset):
            closed_by = []
            for closed_by_item_data in self.closed_by:
                closed_by_item = str(closed_by_item_data)
                closed_by.append(closed_by_item)

        observation: dict[str, Any] | None | Unset
        if isinstance(self.observation, Unset):
            observation = UNSET
        elif isinstance(self.observation, Report):
            observation = self.observation.to_dict()
        else:
            observation = self.observation

        reopened_at: None | str | Unset
        if isinstance(self.reopened_at, Unset):
            reopened_at = UNSET
        elif isinstance(self.reopened_at, datetime.datetime):
            reopened_at = self.reopened_at.isoformat()
        else:
            reopened_at = self.reopened_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "segment": segment,
                "state": state,
            }
        )
        if blockage_offset_m is not UNSET:
            field_dict["blockage_offset_m"] = blockage_offset_m
        if closed_by is not UNSET:
            field_dict["closed_by"] = closed_by
        if observation is not UNSET:
            field_dict["observation"] = observation
        if reopened_at is not UNSET:
            field_dict["reopened_at"] = reopened_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.report import Report  # noqa: PLC0415

        d = dict(src_dict)
        segment = d.pop("segment")

        state = check_segment_state(d.pop("state"))

        def _parse_blockage_offset_m(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        blockage_offset_m = _parse_blockage_offset_m(d.pop("blockage_offset_m", UNSET))

        _closed_by = d.pop("closed_by", UNSET)
        closed_by: list[UUID] | Unset = UNSET
        if _closed_by is not UNSET:
            closed_by = []
            for closed_by_item_data in _closed_by:
                closed_by_item = UUID(closed_by_item_data)

                closed_by.append(closed_by_item)

        def _parse_observation(data: object) -> None | Report | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                observation_type_0 = Report.from_dict(data)

                return observation_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Report | Unset, data)

        observation = _parse_observation(d.pop("observation", UNSET))

        def _parse_reopened_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                reopened_at_type_0 = read_time(data)

                return reopened_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        reopened_at = _parse_reopened_at(d.pop("reopened_at", UNSET))

        segment_knowledge_view = cls(
            segment=segment,
            state=state,
            blockage_offset_m=blockage_offset_m,
            closed_by=closed_by,
            observation=observation,
            reopened_at=reopened_at,
        )

        segment_knowledge_view.additional_properties = d
        return segment_knowledge_view

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
