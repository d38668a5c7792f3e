from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat
    from ..models.mission_item import MissionItem


T = TypeVar("T", bound="MissionItems")


@_attrs_define
class MissionItems:
    """A UAV's tasking as MAVLink mission items. It is what the documentation promises of [`Flight::mission_items`]."""

    altitude_m: float
    """ The height of the flight in metres. """
    home: LonLat
    """ A WGS 84 position in degrees. """
    items: list[MissionItem]
    """ Take-off, speed, the inspections' lines, return to launch. """
    plan_seq: int
    """ The number of the plan in the log. """
    revision: int
    """ The revision of the knowledge the plan is for. """
    speed_mps: float
    """ The UAV's speed in metres per second. """
    uav: str
    """ The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        altitude_m = self.altitude_m

        home = self.home.to_dict()

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        plan_seq = self.plan_seq

        revision = self.revision

        speed_mps = self.speed_mps

        uav = self.uav

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "altitude_m": altitude_m,
                "home": home,
                "items": items,
                "plan_seq": plan_seq,
                "revision": revision,
                "speed_mps": speed_mps,
                "uav": uav,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415
        from ..models.mission_item import MissionItem  # noqa: PLC0415

        d = dict(src_dict)
        altitude_m = d.pop("altitude_m")

        home = LonLat.from_dict(d.pop("home"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = MissionItem.from_dict(items_item_data)

            items.append(items_item)

        plan_seq = d.pop("plan_seq")

        revision = d.pop("revision")

        speed_mps = d.pop("speed_mps")

        uav = d.pop("uav")

        mission_items = cls(
            altitude_m=altitude_m,
            home=home,
            items=items,
            plan_seq=plan_seq,
            revision=revision,
            speed_mps=speed_mps,
            uav=uav,
        )

        mission_items.additional_properties = d
        return mission_items

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
