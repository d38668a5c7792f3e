from typing import Literal

GetReachabilityUnknown = Literal["closed", "open"]

GET_REACHABILITY_UNKNOWN_VALUES: set[GetReachabilityUnknown] = {
    "closed",
    "open",
}


def check_get_reachability_unknown(value: str) -> GetReachabilityUnknown:
    if value in GET_REACHABILITY_UNKNOWN_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {GET_REACHABILITY_UNKNOWN_VALUES!r}")
