"""Streams of the real service: nothing is lost and nothing comes twice, whatever becomes of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from conftest import MakeMission
from service import PATIENCE_S, Service, until

from outrider_client import (
    AsyncReporter,
    AsyncStream,
    Event,
    NotFound,
    Outrider,
    Position,
    Reporter,
    Snapshot,
    Stream,
    StreamEvent,
    api,
    position_of,
    report_of,
)
from outrider_client.models import (
    MissionEventPlan,
    MissionEventReport,
    MissionView,
    PlanAlreadyThere,
    PlanBudgetSpent,
    PlanNoWay,
    PlanRoute,
)

Plan = PlanAlreadyThere | PlanBudgetSpent | PlanNoWay | PlanRoute


class Listener:
    """Listens in a thread of its own, to the end."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.heard: list[StreamEvent] = []
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for event in self.stream:
                self.heard.append(event)
        except Exception as error:
            self.error = error

    def until_heard(self, mission: UUID, seq: int) -> None:
        until(f"event {seq} is heard", lambda: self.error or seq in numbers(self.heard, mission))

    def to_the_end(self) -> Listener:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the stream does not end"
        if self.error is not None:
            raise self.error
        return self


def plans(listener: Listener) -> list[Plan]:
    """The plans that it has heard."""
    entries = [event.entry for event in listener.heard if isinstance(event, Event)]
    return [entry.body for entry in entries if isinstance(entry, MissionEventPlan)]


def numbers(heard: Sequence[StreamEvent], mission: UUID) -> list[int]:
    return [event.seq for event in heard if isinstance(event, Snapshot | Event) and event.mission_id == mission]


def log(outrider: Outrider, mission: UUID) -> list[tuple[int, str]]:
    """The mission's whole log: number and kind of each entry."""
    found: list[tuple[int, str]] = []
    while True:
        page = api.list_log_events.sync(outrider, mission, after=found[-1][0] if found else 0, limit=1_000)
        if not page.events:
            return found
        found += [(entry.seq, entry.kind) for entry in page.events]


def require_all(outrider: Outrider, mission: UUID, heard: Sequence[StreamEvent]) -> None:
    """What was heard of the mission is a snapshot, and then the log after it: each entry once, in order."""
    mine = [event for event in heard if isinstance(event, Snapshot | Event) and event.mission_id == mission]
    assert isinstance(mine[0], Snapshot)
    told = [(event.seq, event.entry.kind) for event in mine[1:] if isinstance(event, Event)]
    assert len(told) == len(mine) - 1, "a second snapshot"
    assert told == [entry for entry in log(outrider, mission) if entry[0] > mine[0].seq]


def test_a_stream_begins_with_a_snapshot_and_tells_what_happens_until_the_mission_ends(
    outrider: Outrider, mission: MissionView
) -> None:
    with Stream(outrider, mission.id) as stream:
        first = next(stream)
        assert isinstance(first, Snapshot)
        assert first.view.mission.id == mission.id
        listener = Listener(stream)
        with Reporter(outrider, mission.id) as reporter:
            accepted = reporter.report(report_of("uav-1", "blocked", segment=7)).result(PATIENCE_S)
            told = reporter.position(position_of("ugv", segment=0, offset_m=1.0)).result(PATIENCE_S)
        assert accepted.segment == 7
        assert told is not None
        assert told.applied
        until("the position is heard", lambda: any(isinstance(event, Position) for event in listener.heard))
        until(
            "the new plan is heard", lambda: any(plan.basis.revision >= accepted.revision for plan in plans(listener))
        )
        api.cancel_mission.sync(outrider, mission.id)
        heard = listener.to_the_end().heard
    require_all(outrider, mission.id, [first, *heard])
    entries = [event.entry for event in heard if isinstance(event, Event)]
    assert [entry.body.segment for entry in entries if isinstance(entry, MissionEventReport)] == [7]


def test_kill_9_in_the_middle_of_a_stream_loses_and_doubles_nothing(
    service: Service, outrider: Outrider, mission: MissionView
) -> None:
    listener = Listener(Stream(outrider, mission.id, silence_s=5.0))
    until("the snapshot is heard", lambda: listener.heard)
    with Reporter(outrider, mission.id) as reporter:
        answers = [reporter.report(report_of("uav-1", "clear", segment=i % 100)) for i in range(300)]
        answers[5].result(PATIENCE_S)
        service.kill()
        answers += [reporter.report(report_of("uav-1", "clear", segment=i % 100)) for i in range(300)]
        service.start()
        service.until_ready()
        last = max(answer.result(PATIENCE_S).seq for answer in answers)
        listener.until_heard(mission.id, last)
    api.cancel_mission.sync(outrider, mission.id)
    heard = listener.to_the_end().heard
    require_all(outrider, mission.id, heard)
    assert listener.stream.counts.connections >= 2
    assert (listener.stream.counts.gaps, listener.stream.counts.doubles) == (0, 0)


def test_what_happens_while_the_service_restarts_in_good_order_is_told_as_well(
    service: Service, outrider: Outrider, mission: MissionView
) -> None:
    listener = Listener(Stream(outrider, mission.id))
    until("the snapshot is heard", lambda: listener.heard)
    service.stop()
    service.start()
    service.until_ready()
    with Reporter(outrider, mission.id) as reporter:
        seq = reporter.report(report_of("uav-1", "clear", segment=1)).result(PATIENCE_S).seq
    listener.until_heard(mission.id, seq)
    api.cancel_mission.sync(outrider, mission.id)
    require_all(outrider, mission.id, listener.to_the_end().heard)


def test_a_joint_stream_outlives_kill_9_as_well(service: Service, make_mission: MakeMission) -> None:
    missions = [make_mission().id for _ in range(3)]

    async def story() -> list[StreamEvent]:
        heard: list[StreamEvent] = []
        async with Outrider(service.url) as outrider, AsyncStream(outrider, missions, silence_s=5.0) as stream:

            async def listen() -> None:
                async for event in stream:
                    heard.append(event)

            listening = asyncio.create_task(listen())
            reporters = [AsyncReporter(outrider, mission) for mission in missions]
            first = [
                reporter.report(report_of("uav-1", "clear", segment=i)) for reporter in reporters for i in range(50)
            ]
            await asyncio.wait_for(asyncio.gather(*first[:3]), PATIENCE_S)
            await asyncio.to_thread(service.kill)
            more = [
                reporter.report(report_of("uav-1", "clear", segment=i)) for reporter in reporters for i in range(50)
            ]
            await asyncio.to_thread(service.start)
            await asyncio.wait_for(asyncio.gather(*first, *more), PATIENCE_S)
            for reporter, mission in zip(reporters, missions, strict=True):
                await reporter.aclose()
                await api.cancel_mission.asyncio(outrider, mission)
            await asyncio.wait_for(listening, PATIENCE_S)
            assert stream.counts.gaps == stream.counts.doubles == 0
        return heard

    heard = asyncio.run(story())
    with Outrider(service.url) as outrider:
        for mission in missions:
            require_all(outrider, mission, heard)


def test_another_process_goes_on_where_the_first_one_was(outrider: Outrider, make_mission: MakeMission) -> None:
    missions = [make_mission().id for _ in range(2)]
    with Stream(outrider, missions) as stream:
        heard = [next(stream), next(stream)]
        cursor = stream.cursor
    assert cursor is not None
    reports = [report_of("uav-1", "clear", segment=i) for i in range(5)]
    with Reporter(outrider, missions[1]) as reporter:
        for report in reports:
            reporter.report(report)
    for mission in missions:
        api.cancel_mission.sync(outrider, mission)
    heard += list(Stream(outrider, missions, after=cursor))
    for mission in missions:
        require_all(outrider, mission, heard)


def test_a_place_that_the_log_does_not_have_is_answered_with_a_snapshot(
    outrider: Outrider, mission: MissionView
) -> None:
    with Stream(outrider, mission.id, after="1000000") as stream:
        first = next(stream)
    assert isinstance(first, Snapshot)
    assert first.view.reason == "gap_too_long"


def test_after_too_long_an_absence_there_is_a_snapshot(outrider: Outrider, mission: MissionView) -> None:
    """The service replays 5,000 entries at the most."""
    with Reporter(outrider, mission.id) as reporter:
        answers = [reporter.report(report_of("uav-1", "clear", segment=1)) for _ in range(5_100)]
        last = answers[-1].result(PATIENCE_S).seq
    with Stream(outrider, mission.id, after="1") as stream:
        first = next(stream)
    assert isinstance(first, Snapshot)
    assert first.view.reason == "gap_too_long"
    assert first.seq >= last


def test_who_goes_on_at_the_end_of_a_mission_that_is_over_gets_the_end(
    outrider: Outrider, mission: MissionView
) -> None:
    over = api.cancel_mission.sync(outrider, mission.id)
    assert list(Stream(outrider, mission.id, after=str(over.seq))) == []
    assert len(list(Stream(outrider, mission.id))) == 1


def test_a_mission_that_is_not_there_is_said_so(outrider: Outrider, mission: MissionView) -> None:
    with pytest.raises(NotFound):
        next(Stream(outrider, uuid4()))
    with pytest.raises(NotFound):
        next(Stream(outrider, [mission.id, uuid4()]))


def test_a_service_that_is_not_there_yet_is_waited_for(
    service: Service, outrider: Outrider, mission: MissionView
) -> None:
    service.stop()
    retried = threading.Event()
    listener = Listener(Stream(outrider, mission.id, on_retry=lambda _: retried.set()))
    assert retried.wait(PATIENCE_S)
    service.start()
    until("the snapshot is heard", lambda: listener.heard)
    service.until_ready()
    api.cancel_mission.sync(outrider, mission.id)
    require_all(outrider, mission.id, listener.to_the_end().heard)
