from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.direction import Direction, check_direction
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat
    from ..models.nearest_place import NearestPlace


T = TypeVar("T", bound="NearestView")


@_attrs_define
class NearestView:
    """The nearest place on a network, and the next ones."""

    bearing_deg: float
    """ The road's direction there, in degrees clockwise from north: that of travel, or from the first end on where
    it is not known. """
    offset_m: float
    """ Metres from the segment's first end. """
    position: LonLat
    """ A WGS 84 position in degrees. """
    segment: int
    """ A segment of one network: its position in the network's segment list. """
    snapped_m: float
    """ How far it is from the asked position, in metres. """
    others: list[NearestPlace]
    """ The places on the next segments, in order; none unless `count` asks for them. """
    direction: Direction | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        bearing_deg = self.bearing_deg

        offset_m = self.offset_m

        position = self.position.to_dict()

        segment = self.segment

        snapped_m = self.snapped_m

        others = []
        for others_item_data in self.others:
            others_item = others_item_data.to_dict()
            others.append(others_item)

        direction: None | str | Unset
        if isinstance(self.direction, Unset):
            direction = UNSET
        elif isinstance(self.direction, str):
            direction = self.direction
        else:
            direction = self.direction

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "bearing_deg": bearing_deg,
                "offset_m": offset_m,
                "position": position,
                "segment": segment,
                "snapped_m": snapped_m,
                "others": others,
            }
        )
        if direction is not UNSET:
            field_dict["direction"] = direction

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415
        from ..models.nearest_place import NearestPlace  # noqa: PLC0415

        d = dict(src_dict)
        bearing_deg = d.pop("bearing_deg")

        offset_m = d.pop("offset_m")

        position = LonLat.from_dict(d.pop("position"))

        segment = d.pop("segment")

        snapped_m = d.pop("snapped_m")

        others = []
        _others = d.pop("others")
        for others_item_data in _others:
            others_item = NearestPlace.from_dict(others_item_data)

            others.append(others_item)

        def _parse_direction(data: object) -> Direction | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                direction_type_0 = check_direction(data)

                return direction_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Direction | None | Unset, data)

        direction = _parse_direction(d.pop("direction", UNSET))

        nearest_view = cls(
            bearing_deg=bearing_deg,
            offset_m=offset_m,
            position=position,
            segment=segment,
            snapped_m=snapped_m,
            others=others,
            direction=direction,
        )

        nearest_view.additional_properties = d
        return nearest_view

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
