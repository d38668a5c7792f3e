from typing import Literal

MissionEventMissionCreatedKind = Literal["mission_created"]

MISSION_EVENT_MISSION_CREATED_KIND_VALUES: set[MissionEventMissionCreatedKind] = {
    "mission_created",
}


def check_mission_event_mission_created_kind(value: str) -> MissionEventMissionCreatedKind:
    if value in MISSION_EVENT_MISSION_CREATED_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_MISSION_CREATED_KIND_VALUES!r}")
