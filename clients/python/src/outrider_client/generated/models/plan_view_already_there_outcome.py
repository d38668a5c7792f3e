from typing import Literal

PlanViewAlreadyThereOutcome = Literal["already_there"]

PLAN_VIEW_ALREADY_THERE_OUTCOME_VALUES: set[PlanViewAlreadyThereOutcome] = {
    "already_there",
}


def check_plan_view_already_there_outcome(value: str) -> PlanViewAlreadyThereOutcome:
    if value in PLAN_VIEW_ALREADY_THERE_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_VIEW_ALREADY_THERE_OUTCOME_VALUES!r}")
