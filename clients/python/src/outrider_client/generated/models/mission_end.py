from typing import Literal

MissionEnd = Literal["arrived", "cancelled"]

MISSION_END_VALUES: set[MissionEnd] = {
    "arrived",
    "cancelled",
}


def check_mission_end(value: str) -> MissionEnd:
    if value in MISSION_END_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_END_VALUES!r}")
