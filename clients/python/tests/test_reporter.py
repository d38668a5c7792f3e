"""Reports and positions, to the real service and to one on a bad day."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from scripted import Scripted, answer, problem
from service import PATIENCE_S, Service
from told import MISSION

from outrider_client import (
    AsyncReporter,
    BufferFull,
    Conflict,
    NotSent,
    Outrider,
    ProblemError,
    Reporter,
    api,
    position_of,
    report_of,
)
from outrider_client.models import LonLat, MissionEventReport, MissionView


def stored(outrider: Outrider, mission: MissionView) -> list[MissionEventReport]:
    """The reports of the mission's log."""
    entries = api.list_log_events.sync(outrider, mission.id, limit=1_000).events
    return [entry for entry in entries if isinstance(entry, MissionEventReport)]


def test_reports_that_are_retried_over_a_restart_are_stored_once_and_in_order(
    service: Service, outrider: Outrider, mission: MissionView
) -> None:
    failures: list[Exception] = []
    reports = [report_of("uav-1", "clear", segment=i % 120) for i in range(800)]
    with Reporter(outrider, mission.id, on_failure=lambda error, _: failures.append(error)) as reporter:
        answers = [reporter.report(report) for report in reports[:400]]
        # In the middle of the first half, with a batch under way.
        answers[0].result(PATIENCE_S)
        service.kill()
        answers += [reporter.report(report) for report in reports[400:]]
        service.start()
        recorded = [answer.result(PATIENCE_S) for answer in answers]
    assert failures, "nothing was retried, so that nothing is shown"
    assert [one.id for one in recorded] == [report.id for report in reports]
    service.until_ready()
    assert [entry.body.id for entry in stored(outrider, mission)] == [report.id for report in reports]


def test_a_report_whose_answer_was_lost_is_answered_as_the_first_time(outrider: Outrider, mission: MissionView) -> None:
    report = report_of("uav-1", "blocked", segment=9, blockage_offset_m=12.0)
    with Reporter(outrider, mission.id) as first, Reporter(outrider, mission.id) as second:
        one, two = first.report(report).result(PATIENCE_S), second.report(report).result(PATIENCE_S)
    assert (one.seq, one.repeated, two.seq, two.repeated) == (one.seq, False, one.seq, True)
    assert len(stored(outrider, mission)) == 1


def test_what_the_service_refuses_is_said_and_the_others_are_stored(outrider: Outrider, mission: MissionView) -> None:
    with Reporter(outrider, mission.id) as reporter:
        good = [reporter.report(report_of("uav-1", "clear", segment=i)) for i in range(3)]
        bad = reporter.report(report_of("uav-1", "clear", segment=999_999))
        more = [reporter.report(report_of("uav-1", "clear", segment=i)) for i in range(3)]
        refusal = bad.exception(PATIENCE_S)
        assert isinstance(refusal, ProblemError)
        assert refusal.status == 422
        assert refusal.pointer == "/segment"
        assert all(answer.result(PATIENCE_S).seq for answer in good + more)
    assert len(stored(outrider, mission)) == 6


def test_positions_may_be_told_as_positions_too(outrider: Outrider, mission: MissionView) -> None:
    at = mission.start.position
    with Reporter(outrider, mission.id) as reporter:
        told = reporter.position(position_of("ugv", position=LonLat(lon=at.lon, lat=at.lat))).result(PATIENCE_S)
    assert told is not None
    assert told.applied
    assert [position.vehicle for position in api.list_positions.sync(outrider, mission.id).positions] == ["ugv"]


def test_a_mission_that_is_over_takes_no_more_reports(outrider: Outrider, mission: MissionView) -> None:
    api.cancel_mission.sync(outrider, mission.id)
    with Reporter(outrider, mission.id) as reporter:
        refusal = reporter.report(report_of("uav-1", "clear", segment=1)).exception(PATIENCE_S)
    assert isinstance(refusal, Conflict)


def test_tasks_report_as_well(service: Service, outrider: Outrider, mission: MissionView) -> None:
    async def story() -> None:
        async with Outrider(service.url) as own, AsyncReporter(own, mission.id) as reporter:
            accepted = await reporter.report(report_of("uav-1", "clear", segment=4))
            assert accepted.segment == 4
            told = await reporter.position(position_of("ugv", segment=0, offset_m=3.0))
            assert told is not None
            with pytest.raises(ProblemError):
                await reporter.report(report_of("nobody", "clear", segment=4))
            left = [reporter.report(report_of("uav-1", "clear", segment=i)) for i in range(5)]
            assert await reporter.flush(PATIENCE_S)
            assert all(answer.done() for answer in left) or await asyncio.gather(*left)

    asyncio.run(story())
    assert len(stored(outrider, mission)) == 6


def accepted(*ids: str) -> dict[str, object]:
    reports = [{"id": id, "segment": 1, "seq": 2, "revision": 1, "repeated": False} for id in ids]
    return {"seq": 2, "revision": 1, "reports": reports}


def test_a_report_is_sent_again_under_the_same_id_and_not_before_the_service_wants(scripted: Scripted) -> None:
    report = report_of("uav-1", "clear", segment=1)
    pauses: list[float] = []
    scripted.plays(
        problem(429, "rate_limited", "Retry-After: 1"),
        lambda connection: connection.close(),
        problem(503, "busy", "Retry-After: 0"),
        answer(202, accepted(str(report.id))),
    )
    began_at = time.monotonic()
    with (
        Outrider(scripted.url) as outrider,
        Reporter(outrider, MISSION, on_failure=lambda _, pause_s: pauses.append(pause_s)) as reporter,
    ):
        assert reporter.report(report).result(PATIENCE_S).id == report.id
    assert time.monotonic() - began_at >= 1.0
    assert len(pauses) == 3
    assert 1.0 <= pauses[0] <= 1.25
    assert {scripted.request().json()[0]["id"] for _ in range(4)} == {str(report.id)}


def test_while_there_is_no_connection_reports_wait_up_to_a_bound(scripted: Scripted) -> None:
    failed = threading.Event()
    with Outrider(scripted.url) as outrider:
        scripted.__exit__()
        reporter = Reporter(outrider, MISSION, capacity=5, on_failure=lambda *_: failed.set())
        answers = [reporter.report(report_of("uav-1", "clear", segment=i)) for i in range(5)]
        with pytest.raises(BufferFull):
            reporter.report(report_of("uav-1", "clear", segment=5))
        for i in range(100):
            reporter.position(position_of("ugv", segment=i, offset_m=0.0))
        assert failed.wait(PATIENCE_S)
        assert reporter.waiting == 6
        assert not reporter.flush(0.05)
        reporter.close(timeout_s=0.05)
        assert all(isinstance(answer.exception(PATIENCE_S), NotSent) for answer in answers)
        with pytest.raises(NotSent):
            reporter.report(report_of("uav-1", "clear", segment=1))
