from typing import Literal

FixOutcome = Literal["matched", "off_network", "outlier"]

FIX_OUTCOME_VALUES: set[FixOutcome] = {
    "matched",
    "off_network",
    "outlier",
}


def check_fix_outcome(value: str) -> FixOutcome:
    if value in FIX_OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FIX_OUTCOME_VALUES!r}")
