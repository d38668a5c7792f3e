from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.inspection import Inspection


T = TypeVar("T", bound="Tasking")


@_attrs_define
class Tasking:
    """One UAV's inspections in order."""

    inspections: list[Inspection]
    """ What it inspects, in order. """
    uav: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        inspections = []
        for inspections_item_data in self.inspections:
            inspections_item = inspections_item_data.to_dict()
            inspections.append(inspections_item)

        uav = self.uav

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "inspections": inspections,
                "uav": uav,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.inspection import Inspection  # noqa: PLC0415

        d = dict(src_dict)
        inspections = []
        _inspections = d.pop("inspections")
        for inspections_item_data in _inspections:
            inspections_item = Inspection.from_dict(inspections_item_data)

            inspections.append(inspections_item)

        uav = d.pop("uav")

        tasking = cls(
            inspections=inspections,
            uav=uav,
        )

        tasking.additional_properties = d
        return tasking

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
