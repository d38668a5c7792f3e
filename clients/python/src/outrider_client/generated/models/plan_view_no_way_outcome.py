from typing import Literal

PlanViewNoWayOutcome = Literal["no_way"]

PLAN_VIEW_NO_WAY_OUTCOME_VALUES: set[PlanViewNoWayOutcome] = {
    "no_way",
}


def check_plan_view_no_way_outcome(value: str) -> PlanViewNoWayOutcome:
    if value in PLAN_VIEW_NO_WAY_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_VIEW_NO_WAY_OUTCOME_VALUES!r}")
