from typing import Literal

ClosureReopenAction = Literal["reopen"]

CLOSURE_REOPEN_ACTION_VALUES: set[ClosureReopenAction] = {
    "reopen",
}


def check_closure_reopen_action(value: str) -> ClosureReopenAction:
    if value in CLOSURE_REOPEN_ACTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLOSURE_REOPEN_ACTION_VALUES!r}")
