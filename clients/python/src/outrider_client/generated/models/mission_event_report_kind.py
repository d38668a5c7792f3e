from typing import Literal

MissionEventReportKind = Literal["report"]

MISSION_EVENT_REPORT_KIND_VALUES: set[MissionEventReportKind] = {
    "report",
}


def check_mission_event_report_kind(value: str) -> MissionEventReportKind:
    if value in MISSION_EVENT_REPORT_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MISSION_EVENT_REPORT_KIND_VALUES!r}")
