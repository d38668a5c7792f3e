from typing import Literal

VehicleChange = Literal["arrived", "deviated", "visited_waypoint"]

VEHICLE_CHANGE_VALUES: set[VehicleChange] = {
    "arrived",
    "deviated",
    "visited_waypoint",
}


def check_vehicle_change(value: str) -> VehicleChange:
    if value in VEHICLE_CHANGE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VEHICLE_CHANGE_VALUES!r}")
