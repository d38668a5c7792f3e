from typing import Literal

PlanBudgetSpentOutcome = Literal["budget_spent"]

PLAN_BUDGET_SPENT_OUTCOME_VALUES: set[PlanBudgetSpentOutcome] = {
    "budget_spent",
}


def check_plan_budget_spent_outcome(value: str) -> PlanBudgetSpentOutcome:
    if value in PLAN_BUDGET_SPENT_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_BUDGET_SPENT_OUTCOME_VALUES!r}")
