"""Telling what a vehicle sees and where it is, over connections that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from .client import Outrider
from .generated.api.positions import update_positions
from .generated.api.reports import create_reports
from .generated.models.inspecting_request import InspectingRequest
from .generated.models.lon_lat import LonLat
from .generated.models.position_accepted import PositionAccepted
from .generated.models.position_request import PositionRequest
from .generated.models.positions_accepted import PositionsAccepted
from .generated.models.report_accepted import ReportAccepted
from .generated.models.report_request import ReportRequest
from .generated.models.reports_accepted import ReportsAccepted
from .generated.types import UNSET
from .ids import new_id
from .outbox import Outbox
from .problems import NotSent
from .times import now

OnFailure = Callable[[Exception, float], None]
Batch = list[ReportRequest] | list[PositionRequest]
T = TypeVar("T")


def report_of(
    vehicle: str,
    finding: Literal["clear", "blocked"],
    *,
    segment: int | None = None,
    position: LonLat | None = None,
    heading_deg: float | None = None,
    blockage_offset_m: float | None = None,
    blockage_position: LonLat | None = None,
    confidence: float | None = None,
    observed_at: datetime | None = None,
    id: UUID | None = None,
) -> ReportRequest:
    """A report with an id of its own, seen now unless said otherwise. The fields are those of `ReportRequest`."""
    return ReportRequest(
        id=id or new_id(),
        finding=finding,
        observed_at=observed_at or now(),
        reported_by=vehicle,
        segment=UNSET if segment is None else segment,
        position=UNSET if position is None else position,
        heading_deg=UNSET if heading_deg is None else heading_deg,
        blockage_offset_m=UNSET if blockage_offset_m is None else blockage_offset_m,
        blockage_position=UNSET if blockage_position is None else blockage_position,
        confidence=UNSET if confidence is None else confidence,
    )


def position_of(
    vehicle: str,
    *,
    position: LonLat | None = None,
    heading_deg: float | None = None,
    segment: int | None = None,
    offset_m: float | None = None,
    inspecting: InspectingRequest | None = None,
    observed_at: datetime | None = None,
) -> PositionRequest:
    """A position, taken now unless said otherwise. The fields are those of `PositionRequest`."""
    return PositionRequest(
        vehicle=vehicle,
        observed_at=observed_at or now(),
        position=UNSET if position is None else position,
        heading_deg=UNSET if heading_deg is None else heading_deg,
        segment=UNSET if segment is None else segment,
        offset_m=UNSET if offset_m is None else offset_m,
        inspecting=UNSET if inspecting is None else inspecting,
    )


class Reporter:
    """Sends reports and positions of a mission's vehicles, in order, from a thread of its own.

    Nothing blocks the caller: each call gives a future. What cannot be sent at the moment (no connection, 429, 502 to
    504) waits and is tried again, after what `Retry-After` says and with growing pauses, under the same report id: the
    service stores it once, whatever became of the first try. What it refuses for good is the future's exception.

    Args:
        outrider: The service.
        mission_id: The mission.
        capacity: How many reports may wait. One more raises `BufferFull`: a report is never dropped unsaid.
        on_failure: Is told each error after which it is tried again, and after how many seconds.
    """

    def __init__(
        self,
        outrider: Outrider,
        mission_id: UUID,
        *,
        capacity: int = 10_000,
        on_failure: OnFailure | None = None,
    ) -> None:
        self._outrider = outrider
        self._mission_id = mission_id
        self._outbox = Outbox(capacity)
        self._on_failure = on_failure
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"reporter of {mission_id}", daemon=True)
        self._thread.start()

    def report(self, request: ReportRequest) -> Future[ReportAccepted]:
        """Sends a report, such as `report_of` makes.

        Raises:
            BufferFull: When as many reports wait as may.
            NotSent: When it is closed.
        """
        with self._changed:
            self._require_open()
            answer = self._outbox.put_report(request)
            self._changed.notify_all()
            return answer

    def position(self, request: PositionRequest) -> Future[PositionAccepted | None]:
        """Sends a position, such as `position_of` makes. The answer is `None` if a newer one of the same vehicle came
        before it was sent.

        Raises:
            NotSent: When it is closed.
        """
        with self._changed:
            self._require_open()
            answer = self._outbox.put_position(request)
            self._changed.notify_all()
            return answer

    @property
    def waiting(self) -> int:
        """How many reports and positions wait to be sent."""
        with self._changed:
            return len(self._outbox)

    def flush(self, timeout_s: float | None = None) -> bool:
        """Waits until nothing waits any more. Gives whether that was so in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not len(self._outbox), timeout_s)

    def close(self, timeout_s: float = 10.0) -> None:
        """Sends what waits, for so long at the most, and ends. What is left has `NotSent` as its answer."""
        self.flush(timeout_s)
        with self._changed:
            self._closed = True
            self._outbox.give_up("the reporter was closed")
            self._changed.notify_all()
        self._thread.join(self._outrider.timeout_s)

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require_open(self) -> None:
        if self._closed:
            raise NotSent("the reporter is closed")

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or len(self._outbox))
                if self._closed:
                    return
                batch = self._outbox.begin()
            answer: ReportsAccepted | PositionsAccepted | Exception
            try:
                answer = _send(self._outrider, self._mission_id, batch)
            # Whatever it is, somebody waits for the answer.
            except Exception as error:
                answer = error
            with self._changed:
                if self._closed:
                    return
                if not isinstance(answer, Exception):
                    self._outbox.sent(answer)
                    self._changed.notify_all()
                    continue
                pause_s = self._outbox.failed(answer)
                self._changed.notify_all()
            if pause_s:
                _tell(self._on_failure, answer, pause_s)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, pause_s)


class AsyncReporter:
    """The same for task loops: `async with AsyncReporter(…) as reporter: await reporter.report(…)`. Whoever does not
    want to wait for the answer keeps the future. What the arguments mean, `Reporter` says."""

    def __init__(
        self,
        outrider: Outrider,
        mission_id: UUID,
        *,
        capacity: int = 10_000,
        on_failure: OnFailure | None = None,
    ) -> None:
        self._outrider = outrider
        self._mission_id = mission_id
        self._outbox = Outbox(capacity)
        self._on_failure = on_failure
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def report(self, request: ReportRequest) -> asyncio.Future[ReportAccepted]:
        """Sends a report, such as `report_of` makes.

        Raises:
            BufferFull: When as many reports wait as may.
            NotSent: When it is closed.
        """
        self._begin()
        return asyncio.wrap_future(self._noted(self._outbox.put_report(request)))

    def position(self, request: PositionRequest) -> asyncio.Future[PositionAccepted | None]:
        """Sends a position, such as `position_of` makes. The answer is `None` if a newer one of the same vehicle came
        before it was sent.

        Raises:
            NotSent: When it is closed.
        """
        self._begin()
        return asyncio.wrap_future(self._noted(self._outbox.put_position(request)))

    @property
    def waiting(self) -> int:
        """How many reports and positions wait to be sent."""
        return len(self._outbox)

    async def flush(self, timeout_s: float | None = None) -> bool:
        """Waits until nothing waits any more. Gives whether that was so in time."""
        try:
            await asyncio.wait_for(self._empty.wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        return True

    async def aclose(self, timeout_s: float = 10.0) -> None:
        """Sends what waits, for so long at the most, and ends. What is left has `NotSent` as its answer."""
        await self.flush(timeout_s)
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._outbox.give_up("the reporter was closed")

    async def __aenter__(self) -> AsyncReporter:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _begin(self) -> None:
        if self._closed:
            raise NotSent("the reporter is closed")
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def _noted(self, answer: Future[T]) -> Future[T]:
        self._empty.clear()
        self._news.set()
        return answer

    async def _run(self) -> None:
        while True:
            if not len(self._outbox):
                self._empty.set()
                self._news.clear()
                await self._news.wait()
            batch = self._outbox.begin()
            try:
                self._outbox.sent(await _send_async(self._outrider, self._mission_id, batch))
            # Whatever it is, somebody waits for the answer.
            except Exception as error:
                pause_s = self._outbox.failed(error)
                if pause_s:
                    _tell(self._on_failure, error, pause_s)
                    await asyncio.sleep(pause_s)


def _tell(on_failure: OnFailure | None, error: Exception, pause_s: float) -> None:
    """Tells the caller of a failure. What goes wrong there does not keep reports from being sent."""
    try:
        if on_failure is not None:
            on_failure(error, pause_s)
    except Exception:
        logging.getLogger(__name__).exception("on_failure")


def _send(outrider: Outrider, mission_id: UUID, batch: Batch) -> ReportsAccepted | PositionsAccepted:
    reports, positions = _apart(batch)
    if reports:
        return create_reports.sync(outrider, mission_id, body=reports)
    return update_positions.sync(outrider, mission_id, body=positions)


async def _send_async(outrider: Outrider, mission_id: UUID, batch: Batch) -> ReportsAccepted | PositionsAccepted:
    reports, positions = _apart(batch)
    if reports:
        return await create_reports.asyncio(outrider, mission_id, body=reports)
    return await update_positions.asyncio(outrider, mission_id, body=positions)


def _apart(batch: Batch) -> tuple[list[ReportRequest], list[PositionRequest]]:
    reports = [request for request in batch if isinstance(request, ReportRequest)]
    return reports, [request for request in batch if isinstance(request, PositionRequest)]
