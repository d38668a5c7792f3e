from typing import Literal

ClosureCloseAction = Literal["close"]

CLOSURE_CLOSE_ACTION_VALUES: set[ClosureCloseAction] = {
    "close",
}


def check_closure_close_action(value: str) -> ClosureCloseAction:
    if value in CLOSURE_CLOSE_ACTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLOSURE_CLOSE_ACTION_VALUES!r}")
