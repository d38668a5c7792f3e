from typing import Literal

StateView = Literal["cancelled", "failed", "running", "stored"]

STATE_VIEW_VALUES: set[StateView] = {
    "cancelled",
    "failed",
    "running",
    "stored",
}


def check_state_view(value: str) -> StateView:
    if value in STATE_VIEW_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STATE_VIEW_VALUES!r}")
