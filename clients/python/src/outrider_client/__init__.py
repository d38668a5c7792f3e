"""A client of Outrider, which plans a ground vehicle's way through roads that may be broken.

`Outrider` is the connection, `outrider_client.api` has a module for each call, `outrider_client.models` what they take
and give. `Stream` and `AsyncStream` follow missions, `Reporter` and `AsyncReporter` tell what vehicles see and where
they are.
"""

from .client import Outrider
from .events import Event, Heartbeat, MissionEvent, Position, Snapshot, StreamEvent, Unknown
from .following import Counts, Discontinuity, Retry
from .ids import new_id
from .problems import (
    BufferFull,
    Conflict,
    FieldProblem,
    Forbidden,
    NotFound,
    NotSent,
    OutriderError,
    ProblemError,
    StreamLost,
    Unauthenticated,
    UnreadableEvent,
)
from .reporter import AsyncReporter, Reporter, position_of, report_of
from .stream import AsyncStream, Stream
from .uploads import MEDIA_TYPES, Upload
from .values import given, parameters, route_of

__all__ = [
    "MEDIA_TYPES",
    "AsyncReporter",
    "AsyncStream",
    "BufferFull",
    "Conflict",
    "Counts",
    "Discontinuity",
    "Event",
    "FieldProblem",
    "Forbidden",
    "Heartbeat",
    "MissionEvent",
    "NotFound",
    "NotSent",
    "Outrider",
    "OutriderError",
    "Position",
    "ProblemError",
    "Reporter",
    "Retry",
    "Snapshot",
    "Stream",
    "StreamEvent",
    "StreamLost",
    "Unauthenticated",
    "Unknown",
    "UnreadableEvent",
    "Upload",
    "given",
    "new_id",
    "parameters",
    "position_of",
    "report_of",
    "route_of",
]
