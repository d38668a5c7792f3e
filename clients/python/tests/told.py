"""What streams tell, as text: for servers that are scripted. The shapes are those that the real service sends, and the
tests with the real one fail if they change."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

MISSION = UUID("01938a6e-0000-7000-8000-000000000001")
NETWORK = UUID("01938a6e-0000-7000-8000-00000000000a")
TIME = "2026-05-04T09:30:00Z"
RETRY = "retry: 10\n\n"
HEARTBEAT = f'event: heartbeat\ndata: {{"time": "{TIME}", "seq": 1}}\n\n'


def message(name: str, data: dict[str, Any], id: str | None = None) -> str:
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n"


def entry(seq: int, kind: str = "report", body: dict[str, Any] | None = None) -> str:
    """A report of the segment whose number is the entry's."""
    report = {
        "id": str(UUID(int=seq)),
        "segment": seq,
        "finding": "clear",
        "observed_at": TIME,
        "reported_by": "uav-1",
        "confidence": 1.0,
    }
    data = {"seq": seq, "kind": kind, "body": body or report, "revision": seq, "recorded_at": TIME}
    return message(kind, data, str(seq))


def ended(seq: int) -> str:
    return entry(seq, "mission_ended", {"outcome": "arrived"})


def snapshot(seq: int, reason: str = "connected", status: str = "active") -> str:
    position = {"lon": 8.4, "lat": 49.0}
    end = {"segment": 0, "offset_m": 0.0, "position": position, "snapped_m": 0.0}
    mission = {
        "id": str(MISSION),
        "name": "m",
        "network_id": str(NETWORK),
        "status": status,
        "version": 1,
        "seq": seq,
        "revision": seq,
        "start": end,
        "goal": end,
        "goals": [end],
        "waypoints": [],
        "waypoints_visited": 0,
        "ugv_speed_mps": 10.0,
        "uavs": [],
        "strategy": {"name": "ugv_only"},
        "seed": 1,
        "created_at": TIME,
        "changed_at": TIME,
    }
    knowledge = {"revision": seq, "segments": [], "closures": []}
    data = {"seq": seq, "reason": reason, "mission": mission, "knowledge": knowledge, "positions": []}
    return message("snapshot", data, str(seq))
