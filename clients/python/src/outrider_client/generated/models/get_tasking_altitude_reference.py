from typing import Literal

GetTaskingAltitudeReference = Literal["takeoff", "terrain"]

GET_TASKING_ALTITUDE_REFERENCE_VALUES: set[GetTaskingAltitudeReference] = {
    "takeoff",
    "terrain",
}


def check_get_tasking_altitude_reference(value: str) -> GetTaskingAltitudeReference:
    if value in GET_TASKING_ALTITUDE_REFERENCE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_TASKING_ALTITUDE_REFERENCE_VALUES!r}")
