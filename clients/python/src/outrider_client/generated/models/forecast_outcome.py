from typing import Literal

ForecastOutcome = Literal["already_there", "budget_spent", "no_way", "route"]

FORECAST_OUTCOME_VALUES: set[ForecastOutcome] = {
    "already_there",
    "budget_spent",
    "no_way",
    "route",
}


def check_forecast_outcome(value: str) -> ForecastOutcome:
    if value in FORECAST_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FORECAST_OUTCOME_VALUES!r}")
