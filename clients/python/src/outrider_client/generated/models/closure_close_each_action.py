from typing import Literal

ClosureCloseEachAction = Literal["close_each"]

CLOSURE_CLOSE_EACH_ACTION_VALUES: set[ClosureCloseEachAction] = {
    "close_each",
}


def check_closure_close_each_action(value: str) -> ClosureCloseEachAction:
    if value in CLOSURE_CLOSE_EACH_ACTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLOSURE_CLOSE_EACH_ACTION_VALUES!r}")
