from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.closure_feature import ClosureFeature


T = TypeVar("T", bound="ClosureCollection")


@_attrs_define
class ClosureCollection:
    """A FeatureCollection of road closures: a feed of the Work Zone Data Exchange (WZDx 4), or any GeoJSON. A single
    Feature is taken, too.

    """

    features: list[ClosureFeature]
    """ At most 20,000. """
    type_: str
    """ Always `FeatureCollection`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        features = []
        for features_item_data in self.features:
            features_item = features_item_data.to_dict()
            features.append(features_item)

        type_ = self.type_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "features": features,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.closure_feature import ClosureFeature  # noqa: PLC0415

        d = dict(src_dict)
        features = []
        _features = d.pop("features")
        for features_item_data in _features:
            features_item = ClosureFeature.from_dict(features_item_data)

            features.append(features_item)

        type_ = d.pop("type")

        closure_collection = cls(
            features=features,
            type_=type_,
        )

        closure_collection.additional_properties = d
        return closure_collection

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
