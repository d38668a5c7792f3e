from typing import Literal

SnapshotReason = Literal["connected", "gap_too_long"]

SNAPSHOT_REASON_VALUES: set[SnapshotReason] = {
    "connected",
    "gap_too_long",
}


def check_snapshot_reason(value: str) -> SnapshotReason:
    if value in SNAPSHOT_REASON_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SNAPSHOT_REASON_VALUES!r}")
