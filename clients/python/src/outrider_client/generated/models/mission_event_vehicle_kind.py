from typing import Literal

MissionEventVehicleKind = Literal["vehicle"]

MISSION_EVENT_VEHICLE_KIND_VALUES: set[MissionEventVehicleKind] = {
    "vehicle",
}


def check_mission_event_vehicle_kind(value: str) -> MissionEventVehicleKind:
    if value in MISSION_EVENT_VEHICLE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_VEHICLE_KIND_VALUES!r}")
