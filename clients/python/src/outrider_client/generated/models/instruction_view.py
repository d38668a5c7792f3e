from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.maneuver_view import ManeuverView, check_maneuver_view
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.lon_lat import LonLat


T = TypeVar("T", bound="InstructionView")


@_attrs_define
class InstructionView:
    """A maneuver, and the stretch of road that it begins."""

    begins_m: float
    """ How far it is to here from the beginning, in metres. """
    begins_s: float
    """ How long it takes to here from the beginning, in seconds. """
    duration_s: float
    """ How long the stretch takes, in seconds. """
    length_m: float
    """ The length of the stretch, in metres; 0 at the goal. """
    maneuver: ManeuverView
    """ What the driver does. """
    position: LonLat
    """ A WGS 84 position in degrees. """
    segments: list[int]
    """ The segments of the stretch, in order. """
    text: str
    """ The same in English. """
    bearing_after_deg: float | None | Unset = UNSET
    """ The direction of travel after, in degrees clockwise from north; absent at the goal. """
    bearing_before_deg: float | None | Unset = UNSET
    """ The direction of travel before, in degrees clockwise from north; absent at the start. """
    road: None | str | Unset = UNSET
    """ The name of the road that the stretch is on; absent where it is not known. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        begins_m = self.begins_m

        begins_s = self.begins_s

        duration_s = self.duration_s

        length_m = self.length_m

        maneuver: str = self.maneuver

        position = self.position.to_dict()

        segments = self.segments

        text = self.text

        bearing_after_deg: float | None | Unset
        if isinstance(self.bearing_after_deg, Unset):
            bearing_after_deg = UNSET
        else:
            bearing_after_deg = self.bearing_after_deg

        bearing_before_deg: float | None | Unset
        if isinstance(self.bearing_before_deg, Unset):
            bearing_before_deg = UNSET
        else:
            bearing_before_deg = self.bearing_before_deg

        road: None | str | Unset
        if isinstance(self.road, Unset):
            road = UNSET
        else:
            road = self.road

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "begins_m": begins_m,
                "begins_s": begins_s,
                "duration_s": duration_s,
                "length_m": length_m,
                "maneuver": maneuver,
                "position": position,
                "segments": segments,
                "text": text,
            }
        )
        if bearing_after_deg is not UNSET:
            field_dict["bearing_after_deg"] = bearing_after_deg
        if bearing_before_deg is not UNSET:
            field_dict["bearing_before_deg"] = bearing_before_deg
        if road is not UNSET:
            field_dict["road"] = road

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.lon_lat import LonLat  # noqa: PLC0415

        d = dict(src_dict)
        begins_m = d.pop("begins_m")

        begins_s = d.pop("begins_s")

        duration_s = d.pop("duration_s")

        length_m = d.pop("length_m")

        maneuver = check_maneuver_view(d.pop("maneuver"))

        position = LonLat.from_dict(d.pop("position"))

        segments = cast(list[int], d.pop("segments"))

        text = d.pop("text")

        def _parse_bearing_after_deg(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        bearing_after_deg = _parse_bearing_after_deg(d.pop("bearing_after_deg", UNSET))

        def _parse_bearing_before_deg(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        bearing_before_deg = _parse_bearing_before_deg(d.pop("bearing_before_deg", UNSET))

        def _parse_road(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        road = _parse_road(d.pop("road", UNSET))

        instruction_view = cls(
            begins_m=begins_m,
            begins_s=begins_s,
            duration_s=duration_s,
            length_m=length_m,
            maneuver=maneuver,
            position=position,
            segments=segments,
            text=text,
            bearing_after_deg=bearing_after_deg,
            bearing_before_deg=bearing_before_deg,
            road=road,
        )

        instruction_view.additional_properties = d
        return instruction_view

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
