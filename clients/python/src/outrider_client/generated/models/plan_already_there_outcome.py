from typing import Literal

PlanAlreadyThereOutcome = Literal["already_there"]

PLAN_ALREADY_THERE_OUTCOME_VALUES: set[PlanAlreadyThereOutcome] = {
    "already_there",
}


def check_plan_already_there_outcome(value: str) -> PlanAlreadyThereOutcome:
    if value in PLAN_ALREADY_THERE_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_ALREADY_THERE_OUTCOME_VALUES!r}")
