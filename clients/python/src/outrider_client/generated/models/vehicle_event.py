from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ...times import read_time
from ..models.vehicle_change import VehicleChange, check_vehicle_change

if TYPE_CHECKING:
    from ..models.place import Place


T = TypeVar("T", bound="VehicleEvent")


@_attrs_define
class VehicleEvent:
    """Something a vehicle did that matters for planning, so that it belongs in the log."""

    change: VehicleChange
    """ What a vehicle did. """
    observed_at: datetime.datetime
    """ RFC 3339 time, kept to the microsecond """
    place: Place
    """ A place on the network: so many metres along a segment from its first end. """
    vehicle: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        change: str = self.change

        observed_at = self.observed_at.isoformat()

        place = self.place.to_dict()

        vehicle = self.vehicle

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "change": change,
                "observed_at": observed_at,
                "place": place,
                "vehicle": vehicle,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.place import Place  # noqa: PLC0415

        d = dict(src_dict)
        change = check_vehicle_change(d.pop("change"))

        observed_at = read_time(d.pop("observed_at"))

        place = Place.from_dict(d.pop("place"))

        vehicle = d.pop("vehicle")

        vehicle_event = cls(
            change=change,
            observed_at=observed_at,
            place=place,
            vehicle=vehicle,
        )

        vehicle_event.additional_properties = d
        return vehicle_event

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
