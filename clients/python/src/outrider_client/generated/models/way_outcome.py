from typing import Literal

WayOutcome = Literal["already_there", "budget_spent", "no_way", "route"]

WAY_OUTCOME_VALUES: set[WayOutcome] = {
    "already_there",
    "budget_spent",
    "no_way",
    "route",
}


def check_way_outcome(value: str) -> WayOutcome:
    if value in WAY_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {WAY_OUTCOME_VALUES!r}")
