from typing import Literal

BreakView = Literal["no_way", "too_far"]

BREAK_VIEW_VALUES: set[BreakView] = {
    "no_way",
    "too_far",
}


def check_break_view(value: str) -> BreakView:
    if value in BREAK_VIEW_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {BREAK_VIEW_VALUES!r}")
