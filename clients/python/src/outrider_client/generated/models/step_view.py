from typing import Literal

StepView = Literal["network", "nodes", "roads", "storing", "waiting"]

STEP_VIEW_VALUES: set[StepView] = {
    "network",
    "nodes",
    "roads",
    "storing",
    "waiting",
}


def check_step_view(value: str) -> StepView:
    if value in STEP_VIEW_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STEP_VIEW_VALUES!r}")
