from typing import Literal

PlanRouteOutcome = Literal["route"]

PLAN_ROUTE_OUTCOME_VALUES: set[PlanRouteOutcome] = {
    "route",
}


def check_plan_route_outcome(value: str) -> PlanRouteOutcome:
    if value in PLAN_ROUTE_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PLAN_ROUTE_OUTCOME_VALUES!r}")
