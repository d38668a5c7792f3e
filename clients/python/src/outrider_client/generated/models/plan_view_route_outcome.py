from typing import Literal

PlanViewRouteOutcome = Literal["route"]

PLAN_VIEW_ROUTE_OUTCOME_VALUES: set[PlanViewRouteOutcome] = {
    "route",
}


def check_plan_view_route_outcome(value: str) -> PlanViewRouteOutcome:
    if value in PLAN_VIEW_ROUTE_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_VIEW_ROUTE_OUTCOME_VALUES!r}")
