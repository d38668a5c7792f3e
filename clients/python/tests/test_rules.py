"""The parts that need no service: bytes to messages, times, ids, pauses, and what waits to be sent."""

from __future__ import annotations

import datetime
import itertools
import random

import pytest

from outrider_client import (
    BufferFull,
    FieldProblem,
    NotSent,
    ProblemError,
    UnreadableEvent,
    new_id,
    position_of,
    report_of,
)
from outrider_client.models import (
    LonLat,
    PositionAccepted,
    PositionRequest,
    PositionsAccepted,
    PositionView,
    ReportAccepted,
    ReportRequest,
    ReportsAccepted,
)
from outrider_client.outbox import LARGEST_BATCH, Outbox
from outrider_client.pauses import Pauses
from outrider_client.sse import Message, Parser
from outrider_client.times import now, read_time

TEXT = "retry: 250\r\n\r\nid: 7\nevent: plan\ndata: {\ndata: é}\n\n: a comment\ndata:x\r\revent: alone\n\ndata\n\n"
MESSAGES = [Message("plan", "{\né}", "7"), Message("message", "x", None), Message("message", "", None)]


def test_messages_are_the_same_wherever_the_bytes_are_cut() -> None:
    text = TEXT.encode()
    for first, second in itertools.combinations(range(len(text) + 1), 2):
        parser = Parser(1_000)
        pieces = [text[:first], text[first:second], text[second:]]
        assert [message for piece in pieces for message in parser.feed(piece)] == MESSAGES
        assert parser.retry_s == 0.25


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 30 + b"\n", b"x" * 30])
def test_an_event_without_an_end_is_refused_instead_of_kept(piece: bytes) -> None:
    parser = Parser(1_000)

    def feed() -> None:
        for _ in range(1_000):
            list(parser.feed(piece))

    with pytest.raises(UnreadableEvent):
        feed()


def test_many_events_are_no_long_event() -> None:
    parser = Parser(100)
    assert sum(len(list(parser.feed(b"data: x\n\n" * 5))) for _ in range(1_000)) == 5_000


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-05-04T09:30:00Z", 0),
        ("2026-05-04T09:30:00.5Z", 500_000),
        ("2026-05-04T09:30:00.123456789Z", 123_456),
        ("2026-05-04T11:30:00.000001+02:00", 1),
    ],
)
def test_times_are_read_as_rfc_3339_has_them(text: str, microsecond: int) -> None:
    utc = datetime.timezone.utc
    assert read_time(text) == datetime.datetime(2026, 5, 4, 9, 30, 0, microsecond, tzinfo=utc)


@pytest.mark.parametrize("text", ["", "2026-05-04", "2026-05-04T09:30:00", "2026-05-04T09:30:00.Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        read_time(text)


def test_ids_are_of_version_7_and_differ() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert len(set(ids)) == len(ids)
    assert all((id.version, id.variant) == (7, "specified in RFC 4122") for id in ids)
    assert ids[0].int >> 80 <= ids[-1].int >> 80


def test_pauses_grow_to_a_limit_differ_and_begin_anew_after_a_success() -> None:
    pauses = Pauses(8.0, random.Random(1))
    drawn = [pauses.after(None) for _ in range(20)]
    assert all(0.25 <= pause_s <= 8.0 for pause_s in drawn)
    assert drawn[0] < 0.6
    assert min(drawn[10:]) >= 4.0
    assert len(set(drawn)) == 20
    pauses.succeeded()
    assert pauses.after(None) < 0.6


def test_a_pause_is_never_shorter_than_the_service_says() -> None:
    pauses = Pauses(8.0, random.Random(1))
    assert pauses.after(None, hint_s=0.02) == 0.02
    assert 30.0 <= pauses.after(ProblemError(503, "", "", retry_after_s=30.0)) <= 37.5


def accept(outbox: Outbox) -> list[ReportRequest] | list[PositionRequest]:
    """Begins, and says that it is stored."""
    begun = outbox.begin()
    reports = [request for request in begun if isinstance(request, ReportRequest)]
    positions = [request for request in begun if isinstance(request, PositionRequest)]
    if reports:
        outbox.sent(ReportsAccepted(reports=[recorded(request) for request in reports], revision=1, seq=1))
    else:
        outbox.sent(PositionsAccepted(positions=[accepted(request.vehicle) for request in positions]))
    return begun


def recorded(request: ReportRequest) -> ReportAccepted:
    assert isinstance(request.segment, int)
    return ReportAccepted(id=request.id, segment=request.segment, seq=1, revision=1, repeated=False)


def accepted(vehicle: str) -> PositionAccepted:
    view = PositionView(observed_at=now(), position=LonLat(lon=0.0, lat=0.0), vehicle=vehicle)
    return PositionAccepted(applied=True, understood=view)


def report(segment: int) -> ReportRequest:
    return report_of("uav-1", "clear", segment=segment)


def segments(begun: list[ReportRequest] | list[PositionRequest]) -> list[object]:
    return [request.segment for request in begun]


def test_what_waits_goes_in_order_and_positions_never_overtake_reports() -> None:
    outbox = Outbox(100)
    outbox.put_report(report(1))
    outbox.put_report(report(2))
    outbox.put_position(position_of("ugv", segment=3, offset_m=0.0))
    outbox.put_report(report(4))
    outbox.put_position(position_of("uav-1", segment=5, offset_m=0.0))
    assert [segments(accept(outbox)) for _ in range(4)] == [[1, 2], [3], [4], [5]]
    assert len(outbox) == 0


def test_of_each_vehicle_only_the_latest_position_waits() -> None:
    outbox = Outbox(100)
    answers = [outbox.put_position(position_of("ugv", segment=i, offset_m=0.0)) for i in range(50)]
    other = outbox.put_position(position_of("uav-1", segment=99, offset_m=0.0))
    assert segments(accept(outbox)) == [49, 99]
    assert [answer.result(0) for answer in answers[:-1]] == [None] * 49
    last = answers[-1].result(0)
    assert last is not None
    assert last.understood.vehicle == "ugv"
    assert other.done()


def test_a_position_that_is_under_way_is_not_taken_back() -> None:
    outbox = Outbox(100)
    first = outbox.put_position(position_of("ugv", segment=1, offset_m=0.0))
    outbox.begin()
    outbox.put_position(position_of("ugv", segment=2, offset_m=0.0))
    assert not first.done()
    outbox.sent(PositionsAccepted(positions=[accepted("ugv")]))
    assert first.result(0) is not None
    assert segments(accept(outbox)) == [2]


def test_a_full_outbox_refuses_reports_and_still_takes_positions() -> None:
    outbox = Outbox(3)
    for i in range(3):
        outbox.put_report(report(i))
    with pytest.raises(BufferFull):
        outbox.put_report(report(3))
    outbox.put_position(position_of("ugv", segment=1, offset_m=0.0))
    assert len(accept(outbox)) == 3
    outbox.put_report(report(3))


def test_batches_are_no_larger_than_the_service_takes() -> None:
    outbox = Outbox(10_000)
    for i in range(2 * LARGEST_BATCH + 1):
        outbox.put_report(report(i))
    assert [len(accept(outbox)) for _ in range(3)] == [LARGEST_BATCH, LARGEST_BATCH, 1]


def test_of_a_refused_batch_those_not_at_fault_are_stored() -> None:
    outbox = Outbox(100)
    answers = [outbox.put_report(report(i)) for i in range(5)]
    refusal = ProblemError(422, "Unprocessable Entity", "no such segment", code="invalid_report")
    outbox.begin()
    assert outbox.failed(refusal) == 0.0
    for i in range(5):
        assert segments(outbox.begin()) == [i]
        if i == 3:
            outbox.failed(refusal)
        else:
            accept(outbox)
    assert [answer.exception(0) for answer in answers] == [None, None, None, refusal, None]
    outbox.put_report(report(5))
    outbox.put_report(report(6))
    assert segments(accept(outbox)) == [5, 6]


def test_if_the_service_says_which_are_at_fault_the_others_stay_together() -> None:
    outbox = Outbox(100)
    answers = [outbox.put_report(report(i)) for i in range(6)]
    outbox.begin()
    errors = (
        FieldProblem("/4/segment", "there is none"),
        FieldProblem("/1/segment", "nor here"),
        FieldProblem("/4", "x"),
    )
    assert outbox.failed(ProblemError(422, "Unprocessable Entity", "two", code="invalid_report", errors=errors)) == 0.0
    assert segments(accept(outbox)) == [0, 2, 3, 5]
    problems = [answer.exception(0) for answer in answers]
    assert [i for i, problem in enumerate(problems) if problem] == [1, 4]
    fourth = problems[4]
    assert isinstance(fourth, ProblemError)
    assert (fourth.pointer, fourth.detail, fourth.code) == ("/segment", "/segment: there is none", "invalid_report")
    assert [error.pointer for error in fourth.errors] == ["/segment", ""]
    assert len(outbox) == 0


def test_a_fault_of_the_service_does_not_keep_the_others_waiting_for_ever() -> None:
    outbox = Outbox(100)
    bad, good = outbox.put_report(report(1)), outbox.put_report(report(2))
    fault = ProblemError(500, "Internal Server Error", "a bug")
    for _ in range(100):
        begun = outbox.begin()
        if not begun:
            break
        if 1 in segments(begun):
            outbox.failed(fault)
        else:
            accept(outbox)
    assert bad.exception(0) is fault
    assert good.result(0).segment == 2


def test_what_is_given_up_says_so() -> None:
    outbox = Outbox(100)
    answer = outbox.put_report(report(1))
    outbox.give_up("the reporter was closed")
    assert isinstance(answer.exception(0), NotSent)
    assert len(outbox) == 0
