from typing import Literal

MissionEventMissionChangedKind = Literal["mission_changed"]

MISSION_EVENT_MISSION_CHANGED_KIND_VALUES: set[MissionEventMissionChangedKind] = {
    "mission_changed",
}


def check_mission_event_mission_changed_kind(value: str) -> MissionEventMissionChangedKind:
    if value in MISSION_EVENT_MISSION_CHANGED_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_MISSION_CHANGED_KIND_VALUES!r}")
