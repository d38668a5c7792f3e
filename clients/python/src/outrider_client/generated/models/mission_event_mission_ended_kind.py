from typing import Literal

MissionEventMissionEndedKind = Literal["mission_ended"]

MISSION_EVENT_MISSION_ENDED_KIND_VALUES: set[MissionEventMissionEndedKind] = {
    "mission_ended",
}


def check_mission_event_mission_ended_kind(value: str) -> MissionEventMissionEndedKind:
    if value in MISSION_EVENT_MISSION_ENDED_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_MISSION_ENDED_KIND_VALUES!r}")
