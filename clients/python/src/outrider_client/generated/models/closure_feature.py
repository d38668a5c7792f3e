from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.closure_feature_properties_type_0 import ClosureFeaturePropertiesType0
    from ..models.closure_geometry import ClosureGeometry


T = TypeVar("T", bound="ClosureFeature")


@_attrs_define
class ClosureFeature:
    """A road closure."""

    type_: str
    """ Always `Feature`. """
    geometry: ClosureGeometry | None | Unset = UNSET
    properties: ClosureFeaturePropertiesType0 | None | Unset = UNSET
    """ Of a WZDx road event `vehicle_impact` (`all-lanes-closed` closes, anything else is ignored), `start_date`,
    `end_date`, `core_details`; otherwise `starts_at`, `expires_at`, `reason`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.closure_feature_properties_type_0 import ClosureFeaturePropertiesType0  # noqa: PLC0415
        from ..models.closure_geometry import ClosureGeometry  # noqa: PLC0415

        type_ = self.type_

        geometry: dict[str, Any] | None | Unset
        if isinstance(self.geometry, Unset):
            geometry = UNSET
        elif isinstance(self.geometry, ClosureGeometry):
            geometry = self.geometry.to_dict()
        else:
            geometry = self.geometry

        properties: dict[str, Any] | None | Unset
        if isinstance(self.properties, Unset):
            properties = UNSET
        elif isinstance(self.properties, ClosureFeaturePropertiesType0):
            properties = self.properties.to_dict()
        else:
            properties = self.properties

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if geometry is not UNSET:
            field_dict["geometry"] = geometry
        if properties is not UNSET:
            field_dict["properties"] = properties

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.closure_feature_properties_type_0 import ClosureFeaturePropertiesType0  # noqa: PLC0415
        from ..models.closure_geometry import ClosureGeometry  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type")

        def _parse_geometry(data: object) -> ClosureGeometry | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                geometry_type_0 = ClosureGeometry.from_dict(data)

                return geometry_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ClosureGeometry | None | Unset, data)

        geometry = _parse_geometry(d.pop("geometry", UNSET))

        def _parse_properties(data: object) -> ClosureFeaturePropertiesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                properties_type_0 = ClosureFeaturePropertiesType0.from_dict(data)

                return properties_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ClosureFeaturePropertiesType0 | None | Unset, data)

        properties = _parse_properties(d.pop("properties", UNSET))

        closure_feature = cls(
            type_=type_,
            geometry=geometry,
            properties=properties,
        )

        closure_feature.additional_properties = d
        return closure_feature

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
