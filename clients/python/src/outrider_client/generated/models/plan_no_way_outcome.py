from typing import Literal

PlanNoWayOutcome = Literal["no_way"]

PLAN_NO_WAY_OUTCOME_VALUES: set[PlanNoWayOutcome] = {
    "no_way",
}


def check_plan_no_way_outcome(value: str) -> PlanNoWayOutcome:
    if value in PLAN_NO_WAY_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_NO_WAY_OUTCOME_VALUES!r}")
