from typing import Literal

PlanViewBudgetSpentOutcome = Literal["budget_spent"]

PLAN_VIEW_BUDGET_SPENT_OUTCOME_VALUES: set[PlanViewBudgetSpentOutcome] = {
    "budget_spent",
}


def check_plan_view_budget_spent_outcome(value: str) -> PlanViewBudgetSpentOutcome:
    if value in PLAN_VIEW_BUDGET_SPENT_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_VIEW_BUDGET_SPENT_OUTCOME_VALUES!r}")
