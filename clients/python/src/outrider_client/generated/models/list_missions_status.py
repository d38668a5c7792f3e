from typing import Literal

ListMissionsStatus = Literal["active", "arrived", "cancelled", "paused"]

LIST_MISSIONS_STATUS_VALUES: set[ListMissionsStatus] = {
    "active",
    "arrived",
    "cancelled",
    "paused",
}


def check_list_missions_status(value: str) -> ListMissionsStatus:
    if value in LIST_MISSIONS_STATUS_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIST_MISSIONS_STATUS_VALUES!r}")
