from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MissionItem")


@_attrs_define
class MissionItem:
    """One item, with the fields of MAVLink's MISSION_ITEM_INT."""

    autocontinue: int
    """ Always 1: the next one follows by itself. """
    command: int
    """ MAV_CMD: 22 take-off, 178 speed, 16 waypoint, 20 return to launch. """
    current: int
    """ 1 for the first, else 0. """
    frame: int
    """ MAV_FRAME: 3 above the take-off, 10 above the terrain, 2 without a position. """
    mission_type: int
    """ MAV_MISSION_TYPE: always 0, a mission. """
    param1: float | None
    """ As the command has it; null is NaN, the autopilot's own choice. """
    param2: float | None
    """ As the command has it. """
    param3: float | None
    """ As the command has it. """
    param4: float | None
    """ As the command has it; of a waypoint the heading. """
    seq: int
    """ Its number, from 0. """
    x: int
    """ Latitude in ten-millionths of a degree; 0 without a position. """
    y: int
    """ Longitude in ten-millionths of a degree; 0 without a position. """
    z: float
    """ Height in metres, by the frame. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        autocontinue = self.autocontinue

        command = self.command

        current = self.current

        frame = self.frame

        mission_type = self.mission_type

        param1: float | None
        param1 = self.param1

        param2: float | None
        param2 = self.param2

        param3: float | None
        param3 = self.param3

        param4: float | None
        param4 = self.param4

        seq = self.seq

        x = self.x

        y = self.y

        z = self.z

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "autocontinue": autocontinue,
                "command": command,
                "current": current,
                "frame": frame,
                "mission_type": mission_type,
                "param1": param1,
                "param2": param2,
                "param3": param3,
                "param4": param4,
                "seq": seq,
                "x": x,
                "y": y,
                "z": z,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        autocontinue = d.pop("autocontinue")

        command = d.pop("command")

        current = d.pop("current")

        frame = d.pop("frame")

        mission_type = d.pop("mission_type")

        def _parse_param1(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        param1 = _parse_param1(d.pop("param1"))

        def _parse_param2(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        param2 = _parse_param2(d.pop("param2"))

        def _parse_param3(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        param3 = _parse_param3(d.pop("param3"))

        def _parse_param4(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        param4 = _parse_param4(d.pop("param4"))

        seq = d.pop("seq")

        x = d.pop("x")

        y = d.pop("y")

        z = d.pop("z")

        mission_item = cls(
            autocontinue=autocontinue,
            command=command,
            current=current,
            frame=frame,
            mission_type=mission_type,
            param1=param1,
            param2=param2,
            param3=param3,
            param4=param4,
            seq=seq,
            x=x,
            y=y,
            z=z,
        )

        mission_item.additional_properties = d
        return mission_item

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
