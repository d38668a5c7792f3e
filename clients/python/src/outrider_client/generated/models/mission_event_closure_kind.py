from typing import Literal

MissionEventClosureKind = Literal["closure"]

MISSION_EVENT_CLOSURE_KIND_VALUES: set[MissionEventClosureKind] = {
    "closure",
}


def check_mission_event_closure_kind(value: str) -> MissionEventClosureKind:
    if value in MISSION_EVENT_CLOSURE_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_CLOSURE_KIND_VALUES!r}")
