from typing import Literal

ClosureExpireAction = Literal["expire"]

CLOSURE_EXPIRE_ACTION_VALUES: set[ClosureExpireAction] = {
    "expire",
}


def check_closure_expire_action(value: str) -> ClosureExpireAction:
    if value in CLOSURE_EXPIRE_ACTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLOSURE_EXPIRE_ACTION_VALUES!r}")
