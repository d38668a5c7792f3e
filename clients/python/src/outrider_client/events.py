"""What a stream tells, typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from .generated.models.mission_event_closure import MissionEventClosure
from .generated.models.mission_event_mission_changed import MissionEventMissionChanged
from .generated.models.mission_event_mission_created import MissionEventMissionCreated
from .generated.models.mission_event_mission_ended import MissionEventMissionEnded
from .generated.models.mission_event_plan import MissionEventPlan
from .generated.models.mission_event_report import MissionEventReport
from .generated.models.mission_event_vehicle import MissionEventVehicle
from .generated.models.position_view import PositionView
from .generated.models.snapshot_view import SnapshotView

MissionEvent = (
    MissionEventClosure
    | MissionEventMissionChanged
    | MissionEventMissionCreated
    | MissionEventMissionEnded
    | MissionEventPlan
    | MissionEventReport
    | MissionEventVehicle
)
"""An entry of a mission's log. `kind` says which it is, and so does its class."""

KINDS: dict[str, type[MissionEvent]] = {
    "closure": MissionEventClosure,
    "mission_changed": MissionEventMissionChanged,
    "mission_created": MissionEventMissionCreated,
    "mission_ended": MissionEventMissionEnded,
    "plan": MissionEventPlan,
    "report": MissionEventReport,
    "vehicle": MissionEventVehicle,
}
"""The class of each kind of log entry."""


@dataclass(frozen=True)
class Snapshot:
    """A mission at one moment. What was known of it before is void; the events that follow continue from here."""

    mission_id: UUID
    seq: int
    """The log's last event that it contains."""
    view: SnapshotView
    """The mission, the knowledge, the plan and the positions."""


@dataclass(frozen=True)
class Event:
    """An entry of a mission's log: each comes once, in the order of its number, without gaps."""

    mission_id: UUID
    seq: int
    entry: MissionEvent


@dataclass(frozen=True)
class Position:
    """A vehicle's latest position. Positions are no log entries: those that nobody heard are not told later."""

    mission_id: UUID
    position: PositionView


@dataclass(frozen=True)
class Heartbeat:
    """A sign of life, for those who ask for it."""

    time: datetime
    """The service's clock."""


@dataclass(frozen=True)
class Unknown:
    """Something that this version of the package has no class for. A newer service may tell it."""

    name: str
    """The name of the event."""
    mission_id: UUID | None
    seq: int | None
    """Its number, if it is a log entry."""
    data: dict[str, Any]
    """What came."""


StreamEvent = Snapshot | Event | Position | Heartbeat | Unknown
"""Anything that a stream gives."""
