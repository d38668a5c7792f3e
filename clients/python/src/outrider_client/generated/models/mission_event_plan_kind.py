from typing import Literal

MissionEventPlanKind = Literal["plan"]

MISSION_EVENT_PLAN_KIND_VALUES: set[MissionEventPlanKind] = {
    "plan",
}


def check_mission_event_plan_kind(value: str) -> MissionEventPlanKind:
    if value in MISSION_EVENT_PLAN_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_PLAN_KIND_VALUES!r}")
