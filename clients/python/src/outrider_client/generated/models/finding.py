from typing import Literal

Finding = Literal["blocked", "clear"]

FINDING_VALUES: set[Finding] = {
    "blocked",
    "clear",
}


def check_finding(value: str) -> Finding:
    if value in FINDING_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {FINDING_VALUES!r}")
