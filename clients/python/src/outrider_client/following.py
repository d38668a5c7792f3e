"""The rules of following missions, without any input or output: what to ask for, what comes of the bytes, and when to
ask again. `stream.py` carries words between these rules and the service, for threads and for task loops."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .events import KINDS, Event, Heartbeat, Position, Snapshot, StreamEvent, Unknown
from .generated.models.mission_view import MissionView
from .generated.models.position_view import PositionView
from .generated.models.snapshot_view import SnapshotView
from .pauses import Pauses
from .problems import OutriderError, StreamLost, UnreadableEvent, may_pass
from .sse import Message, Parser
from .times import read_time

MAX_MISSIONS = 64
"""How many missions a stream may have."""
SILENCE_S = 40.0
"""The service promises a heartbeat every 15 s; after two that did not come the connection counts as dead."""
LONGEST_PAUSE_S = 15.0
LONGEST_EVENT = 256 * 1024 * 1024
ENDED = ("arrived", "cancelled")


class Discontinuity(OutriderError):
    """The stream left something out. It is taken up again where it was in order."""


@dataclass
class Counts:
    """What has happened to a stream, for those who keep watch."""

    events: int = 0
    """Log entries that were given to the caller."""
    connections: int = 0
    """How often the service took the stream."""
    snapshots: int = 0
    doubles: int = 0
    """Log entries that came a second time, and were dropped."""
    gaps: int = 0
    """Log entries that came too early. The stream was then taken up again from the last one in order."""


@dataclass(frozen=True)
class Retry:
    """A stream is about to be asked for again."""

    after_s: float
    error: Exception | None
    """Why; `None` if the service ended the stream in good order."""


class Following:
    """One or several missions, and where in each of their logs the stream is."""

    def __init__(
        self,
        missions: Sequence[UUID],
        *,
        after: str | None,
        until_ended: bool,
        heartbeats: bool,
        give_up_after_s: float | None,
        longest_event: int = LONGEST_EVENT,
        dice: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 1 <= len(missions) <= MAX_MISSIONS or len(set(missions)) != len(missions):
            raise ValueError(f"a stream has 1 to {MAX_MISSIONS} missions, none of them twice; got {len(missions)}")
        self.missions = tuple(missions)
        self.counts = Counts()
        self._seqs: dict[UUID, int | None] = dict.fromkeys(self.missions)
        if after is not None:
            parts = after.split(".")
            if len(parts) != len(missions) or not all(part.isascii() and part.isdigit() for part in parts):
                raise ValueError(f"`after` has a number for each of {len(missions)} missions, with dots: got {after!r}")
            self._seqs = dict(zip(self.missions, map(int, parts), strict=True))
        self._resumed = after is not None
        self._ended: set[UUID] = set()
        self._until_ended = until_ended
        self._heartbeats = heartbeats
        self._give_up_after_s = give_up_after_s
        self._longest_event = longest_event
        self._clock = clock
        self._alive_at = clock()
        self._pauses = Pauses(LONGEST_PAUSE_S, dice)
        self._parser = Parser(longest_event)
        self._broken_at: tuple[UUID, int] | None = None

    @property
    def cursor(self) -> str | None:
        """Where the stream is, as its `Last-Event-ID`; `None` until every mission's snapshot has come."""
        seqs = [self._seqs[mission] for mission in self.missions]
        return None if None in seqs else ".".join(map(str, seqs))

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to come, and the caller wants to know no more."""
        return self._until_ended and self._ended.issuperset(self.missions)

    def unsure(self) -> tuple[UUID, ...]:
        """The missions that may have ended before the stream begins: one that is resumed at a log's end tells
        nothing."""
        return self.missions if self._resumed and self._until_ended else ()

    def learn(self, mission: MissionView) -> None:
        """Takes in how it stands with one of them."""
        if mission.status in ENDED and mission.seq == self._seqs[mission.id]:
            self._ended.add(mission.id)

    def request(self) -> dict[str, Any]:
        """The request for the stream from here on."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self.cursor is not None:
            headers["Last-Event-ID"] = self.cursor
        if len(self.missions) == 1:
            return {"method": "GET", "url": f"/v1/missions/{self.missions[0]}/events", "headers": headers}
        params = {"mission_id": [str(mission) for mission in self.missions]}
        return {"method": "GET", "url": "/v1/events", "params": params, "headers": headers}

    def opened(self) -> None:
        """The service has taken the stream."""
        self.counts.connections += 1
        retry_s = self._parser.retry_s
        self._parser = Parser(self._longest_event)
        self._parser.retry_s = retry_s

    def take(self, chunk: bytes) -> Iterator[StreamEvent]:
        """What is told by the bytes.

        Raises:
            Discontinuity: The stream is to be asked for again.
            UnreadableEvent: It is of no use to go on.
        """
        for message in self._parser.feed(chunk):
            self._alive_at = self._clock()
            self._pauses.succeeded()
            event = self._read(message)
            if event is not None:
                yield event

    def pause(self, error: Exception | None) -> Retry:
        """For how long to wait, after the stream broke off with an error or ended without one.

        Raises:
            Exception: The error itself, when asking again will not help.
            StreamLost: When it has been asked for long enough.
        """
        if isinstance(error, Discontinuity):
            return Retry(self._pauses.after(error), error)
        if error is not None and not may_pass(error):
            raise error
        silent_s = self._clock() - self._alive_at
        if self._give_up_after_s is not None and silent_s > self._give_up_after_s:
            raise StreamLost(f"no stream for {silent_s:.0f} s; the last error: {error}") from error
        return Retry(self._pauses.after(error, self._parser.retry_s), error)

    def _read(self, message: Message) -> StreamEvent | None:
        try:
            data = json.loads(message.data)
            if not isinstance(data, dict):
                raise ValueError("expected an object")
            if message.name == "heartbeat":
                return Heartbeat(read_time(data["time"])) if self._heartbeats else None
            mission = UUID(data["mission_id"]) if "mission_id" in data else self.missions[0]
            if message.name == "snapshot":
                return self._snapshot(mission, SnapshotView.from_dict(_without_mission(data)))
            if message.name == "position":
                return Position(mission, PositionView.from_dict(_without_mission(data)))
            if "seq" in data:
                return self._event(message.name, mission, data)
            return Unknown(message.name, mission, None, data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnreadableEvent(f"event {message.name!r} of the stream: {error!r}: {message.data[:500]}") from error

    def _snapshot(self, mission: UUID, view: SnapshotView) -> StreamEvent:
        self.counts.snapshots += 1
        self._seqs[mission] = view.seq
        # It may have been paused, resumed, or be another one's: what the snapshot says counts.
        self._ended.discard(mission)
        if view.mission.status in ENDED:
            self._ended.add(mission)
        return Snapshot(mission, view.seq, view)

    def _event(self, name: str, mission: UUID, data: dict[str, Any]) -> StreamEvent | None:
        seq = int(data["seq"])
        last = self._seqs[mission]
        if last is not None and seq <= last:
            self.counts.doubles += 1
            return None
        if last is None or seq != last + 1:
            self._leave(mission, last or 0)
            raise Discontinuity(f"mission {mission}: event {seq} came after {last}")
        kind = KINDS.get(str(data.get("kind")))
        if kind is None:
            event: StreamEvent = Unknown(name, mission, seq, data)
        else:
            event = Event(mission, seq, kind.from_dict(_without_mission(data)))
        self._seqs[mission] = seq
        self.counts.events += 1
        if data.get("kind") == "mission_ended":
            self._ended.add(mission)
        return event

    def _leave(self, mission: UUID, last: int) -> None:
        """Decides where to take the stream up again: where it was in order; or, if the same is missing again, with
        snapshots."""
        self.counts.gaps += 1
        if self._broken_at == (mission, last):
            self._seqs = dict.fromkeys(self.missions)
        self._broken_at = (mission, last)


def _without_mission(data: dict[str, Any]) -> dict[str, Any]:
    data.pop("mission_id", None)
    return data
