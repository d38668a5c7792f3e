from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.feature_view import FeatureView


T = TypeVar("T", bound="FeedAccepted")


@_attrs_define
class FeedAccepted:
    """What became of a feed."""

    closed: int
    """ How many features closed something. """
    features: list[FeatureView]
    """ The other features, in the order sent. """
    id: UUID
    """ An operator's change of passability: one atomic closing or reopening. """
    ignored: int
    """ How many features say themselves that they close nothing; they are not listed. """
    repeated: bool
    """ It was in the log already. What became of the features is then as it would be now. """
    revision: int
    """ The revision of the knowledge after it. """
    segment_count: int
    """ How many segments it closed. """
    unmatched: int
    """ How many features matched no road. """
    seq: int | None | Unset = UNSET
    """ Its number in the log; absent if there was nothing to close. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        closed = self.closed

        features = []
        for features_item_data in self.features:
            features_item = features_item_data.to_dict()
            features.append(features_item)

        id = str(self.id)

        ignored = self.ignored

        repeated = self.repeated

        revision = self.revision

        segment_count = self.segment_count

        unmatched = self.unmatched

        seq: int | None | Unset
        if isinstance(self.seq, Unset):
            seq = UNSET
        else:
            seq = self.seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "closed": closed,
                "features": features,
                "id": id,
                "ignored": ignored,
                "repeated": repeated,
                "revision": revision,
                "segment_count": segment_count,
                "unmatched": unmatched,
            }
        )
        if seq is not UNSET:
            field_dict["seq"] = seq

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.feature_view import FeatureView  # noqa: PLC0415

        d = dict(src_dict)
        closed = d.pop("closed")

        features = []
        _features = d.pop("features")
        for features_item_data in _features:
            features_item = FeatureView.from_dict(features_item_data)

            features.append(features_item)

        id = UUID(d.pop("id"))

        ignored = d.pop("ignored")

        repeated = d.pop("repeated")

        revision = d.pop("revision")

        segment_count = d.pop("segment_count")

        unmatched = d.pop("unmatched")

        def _parse_seq(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        seq = _parse_seq(d.pop("seq", UNSET))

        feed_accepted = cls(
            closed=closed,
            features=features,
            id=id,
            ignored=ignored,
            repeated=repeated,
            revision=revision,
            segment_count=segment_count,
            unmatched=unmatched,
            seq=seq,
        )

        feed_accepted.additional_properties = d
        return feed_accepted

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
