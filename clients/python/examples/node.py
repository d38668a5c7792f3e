"""Nodes with timers and subscriptions, as ROS 2's rclpy has them, in plain Python: nothing of ROS is needed to run the
examples, and what is in a node's callbacks moves into a real one as it is."""

from __future__ import annotations

import heapq
import itertools
import queue
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from outrider_client import Outrider, Stream, StreamEvent

Callback = Callable[[], None]

LONGEST_STEP_S = 0.5
"""How far vehicles move at once, by the clock on the wall: after a pause of the machine they do not jump."""

WAITING = 1_000
"""How many events may wait for a callback. Then the stream waits, and at last the service."""


class Executor:
    """Calls the callbacks of all its nodes, one after another, in one thread."""

    def __init__(self, faster: float = 1.0) -> None:
        self.faster = faster
        """How many times faster than the clock on the wall the vehicles move."""
        self._began_at = time.monotonic()
        self._timers: list[tuple[float, int, float, Callback]] = []
        self._order = itertools.count()
        self._calls: queue.Queue[Callback] = queue.Queue(WAITING)
        self._streams: list[Stream] = []
        self._stopped = threading.Event()
        self._error: Exception | None = None

    def now_s(self) -> float:
        """The vehicles' time, in seconds since the beginning."""
        return (time.monotonic() - self._began_at) * self.faster

    def create_timer(self, period_s: float, callback: Callback) -> None:
        """Has something called again and again, by the clock on the wall."""
        heapq.heappush(self._timers, (time.monotonic() + period_s, next(self._order), period_s, callback))

    def create_subscription(
        self, outrider: Outrider, mission_id: UUID, callback: Callable[[StreamEvent], None]
    ) -> None:
        """Has something called with each event of a mission. Ends the executor when the stream fails."""
        stream = Stream(outrider, mission_id)
        self._streams.append(stream)

        def listen() -> None:
            try:
                for event in stream:
                    if not self._call(lambda event=event: callback(event)):  # type: ignore[misc]
                        return
            # The thread's end is nobody's to see but ours.
            except Exception as error:
                if not self._stopped.is_set():
                    self._error = error
                    self.stop()

        threading.Thread(target=listen, name=f"events of {mission_id}", daemon=True).start()

    def spin(self, limit_s: float) -> None:
        """Calls callbacks until somebody stops it.

        Raises:
            TimeoutError: When nobody has within so many seconds by the clock on the wall.
            Exception: What ended a stream.
        """
        ends_at = time.monotonic() + limit_s
        try:
            while not self._stopped.is_set():
                now = time.monotonic()
                if now > ends_at:
                    raise TimeoutError(f"not done within {limit_s:.0f} s")
                while self._timers and self._timers[0][0] <= now:
                    _, order, period_s, callback = heapq.heappop(self._timers)
                    callback()
                    # What was missed is not made up for: it is about the present.
                    heapq.heappush(self._timers, (now + period_s, order, period_s, callback))
                next_at = min(self._timers[0][0] if self._timers else ends_at, ends_at, now + 0.5)
                try:
                    self._calls.get(timeout=max(0.0, next_at - time.monotonic()))()
                except queue.Empty:
                    continue
        finally:
            self.stop()
            for stream in self._streams:
                stream.close()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Has it end after the callback that it is in."""
        self._stopped.set()

    def _call(self, callback: Callback) -> bool:
        while not self._stopped.is_set():
            try:
                self._calls.put(callback, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False


class Node:
    """A vehicle's program."""

    def __init__(self, name: str, executor: Executor, say: Callable[[str], Any] = print) -> None:
        self.name = name
        self.executor = executor
        self._say = say
        self._moved_at_s = executor.now_s()

    def passed_s(self) -> float:
        """How much of the vehicle's time has passed since this was asked last."""
        now_s = self.executor.now_s()
        passed_s, self._moved_at_s = now_s - self._moved_at_s, now_s
        return min(passed_s, LONGEST_STEP_S * self.executor.faster)

    def log(self, words: str) -> None:
        """Tells people what happens."""
        self._say(f"{self.executor.now_s():7.1f} s  {self.name:6} {words}")
