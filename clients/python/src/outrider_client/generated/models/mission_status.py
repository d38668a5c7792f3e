from typing import Literal

MissionStatus = Literal["active", "arrived", "cancelled", "paused"]

MISSION_STATUS_VALUES: set[MissionStatus] = {
    "active",
    "arrived",
    "cancelled",
    "paused",
}


def check_mission_status(value: str) -> MissionStatus:
    if value in MISSION_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_STATUS_VALUES!r}")
