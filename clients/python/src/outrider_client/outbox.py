"""What waits to be sent to a mission, without any input or output: in which order, how much of it, and what becomes of
it. `reporter.py` sends it, from a thread or a task."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .generated.models.position_accepted import PositionAccepted
from .generated.models.position_request import PositionRequest
from .generated.models.positions_accepted import PositionsAccepted
from .generated.models.report_accepted import ReportAccepted
from .generated.models.report_request import ReportRequest
from .generated.models.reports_accepted import ReportsAccepted
from .pauses import Pauses
from .problems import BufferFull, NotSent, ProblemError, may_pass

LARGEST_BATCH = 200
"""How many go with one request. The service takes 200 positions, and 1,000 reports."""
LONGEST_PAUSE_S = 15.0
MAX_TRIES_OF_500 = 5
"""A 500 is a fault of the service, which may lie in this very report: the others are not kept waiting for ever."""

A = TypeVar("A")


@dataclass(eq=False)
class Waiting(Generic[A]):
    """Something that waits, and the answer that somebody may wait for."""

    request: ReportRequest | PositionRequest
    answer: Future[A] = field(default_factory=Future)


class Outbox:
    """Reports and positions in the order in which they came. Of each vehicle one position waits at the most: the
    latest, which makes those before it void. So only reports can fill it, and those are never dropped."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._reports: int = 0
        self._waiting: deque[Waiting[ReportAccepted] | Waiting[PositionAccepted | None]] = deque()
        self._under_way = 0
        self._one_by_one = 0
        self._tries_of_500 = 0
        self._pauses = Pauses(LONGEST_PAUSE_S)

    def __len__(self) -> int:
        return len(self._waiting)

    def put_report(self, request: ReportRequest) -> Future[ReportAccepted]:
        """Puts a report behind all that waits.

        Raises:
            BufferFull: When as many reports wait as may.
        """
        if self._reports >= self._capacity:
            raise BufferFull(f"{self._reports} reports wait to be sent already")
        waiting: Waiting[ReportAccepted] = Waiting(request)
        self._waiting.append(waiting)
        self._reports += 1
        return waiting.answer

    def put_position(self, request: PositionRequest) -> Future[PositionAccepted | None]:
        """Puts a position behind all that waits, instead of the vehicle's earlier one, whose answer is then `None`."""
        for i, earlier in enumerate(self._waiting):
            same = isinstance(earlier.request, PositionRequest) and earlier.request.vehicle == request.vehicle
            if same and i >= self._under_way:
                del self._waiting[i]
                _settle(earlier.answer, None)
                break
        waiting: Waiting[PositionAccepted | None] = Waiting(request)
        self._waiting.append(waiting)
        return waiting.answer

    def begin(self) -> list[ReportRequest] | list[PositionRequest]:
        """What is to be sent next: reports or positions that stand together at the front. Nothing else is begun before
        this is sent, refused or failed."""
        most = 1 if self._one_by_one else LARGEST_BATCH
        reports: list[ReportRequest] = []
        positions: list[PositionRequest] = []
        for waiting in self._waiting:
            if len(reports) + len(positions) == most:
                break
            if isinstance(waiting.request, ReportRequest):
                if positions:
                    break
                reports.append(waiting.request)
            else:
                if reports:
                    break
                positions.append(waiting.request)
        self._under_way = len(reports) + len(positions)
        return reports or positions

    def sent(self, answer: ReportsAccepted | PositionsAccepted) -> None:
        """What was begun is stored."""
        self._pauses.succeeded()
        accepted: list[ReportAccepted] | list[PositionAccepted]
        accepted = answer.reports if isinstance(answer, ReportsAccepted) else answer.positions
        for one in accepted[: self._under_way]:
            _settle(self._leave(), one)
        self._finish()

    def failed(self, error: Exception) -> float:
        """What was begun is not stored, or nobody knows. Gives the pause in seconds before it is begun again."""
        tries_again = may_pass(error)
        if getattr(error, "status", None) == 500:
            self._tries_of_500 += 1
            tries_again = self._tries_of_500 < MAX_TRIES_OF_500
        if tries_again:
            self._under_way = 0
            return self._pauses.after(error)
        # All or none of a batch is stored. Those at fault leave, and the others are sent again; if nobody says which
        # are at fault, each is sent alone.
        self._tries_of_500 = 0
        self._pauses.succeeded()
        at_fault = error.of_items() if isinstance(error, ProblemError) else {}
        at_fault = {i: problem for i, problem in at_fault.items() if i < self._under_way}
        if self._under_way == 1 and not at_fault:
            _fail(self._leave(), error)
            self._finish()
            return 0.0
        if not at_fault:
            self._one_by_one = self._under_way
        self._one_by_one = max(0, self._one_by_one - len(at_fault))
        self._under_way = 0
        for i in sorted(at_fault, reverse=True):
            _fail(self._remove(i), at_fault[i])
        return 0.0

    def give_up(self, why: str) -> None:
        """Nothing of what waits will be sent."""
        while self._waiting:
            _fail(self._leave(), NotSent(why))
        self._under_way = 0

    def _leave(self) -> Future[ReportAccepted] | Future[PositionAccepted | None]:
        return self._remove(0)

    def _remove(self, i: int) -> Future[ReportAccepted] | Future[PositionAccepted | None]:
        waiting = self._waiting[i]
        del self._waiting[i]
        if isinstance(waiting.request, ReportRequest):
            self._reports -= 1
        return waiting.answer

    def _finish(self) -> None:
        self._one_by_one = max(0, self._one_by_one - self._under_way)
        self._under_way = 0
        self._tries_of_500 = 0


def _settle(future: Future[ReportAccepted] | Future[PositionAccepted | None], answer: object) -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(answer)  # type: ignore[arg-type]


def _fail(future: Future[ReportAccepted] | Future[PositionAccepted | None], error: Exception) -> None:
    if future.set_running_or_notify_cancel():
        future.set_exception(error)
