from typing import Literal

SegmentState = Literal["blocked", "clear", "unknown"]

SEGMENT_STATE_VALUES: set[SegmentState] = {
    "blocked",
    "clear",
    "unknown",
}


def check_segment_state(value: str) -> SegmentState:
    if value in SEGMENT_STATE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SEGMENT_STATE_VALUES!r}")
