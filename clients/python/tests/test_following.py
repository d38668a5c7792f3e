"""Streams of a server that misbehaves."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator

import pytest
from scripted import Scripted, answer, problem, silence, stream
from told import HEARTBEAT, MISSION, RETRY, ended, entry, message, snapshot

from outrider_client import (
    AsyncStream,
    Event,
    Heartbeat,
    Outrider,
    ProblemError,
    Retry,
    Snapshot,
    Stream,
    StreamEvent,
    StreamLost,
    Unauthenticated,
    Unknown,
    UnreadableEvent,
)


@pytest.fixture
def away(scripted: Scripted) -> Iterator[Outrider]:
    with Outrider(scripted.url, timeout_s=5.0) as outrider:
        yield outrider


def seqs(events: list[StreamEvent]) -> list[tuple[str, int]]:
    return [(type(event).__name__, event.seq) for event in events if isinstance(event, Snapshot | Event)]


def test_a_stream_resumes_after_the_last_event_that_it_gave(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(RETRY, snapshot(3), entry(4)), stream(RETRY, entry(5)), stream(entry(6), ended(7)))
    with Stream(away, MISSION) as events:
        assert seqs(list(events)) == [("Snapshot", 3), ("Event", 4), ("Event", 5), ("Event", 6), ("Event", 7)]
    assert [scripted.request().fields.get("last-event-id") for _ in range(3)] == [None, "4", "5"]


def test_doubles_are_dropped(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(snapshot(3), entry(3), entry(4), entry(4), entry(2), ended(5)))
    events = Stream(away, MISSION)
    assert seqs(list(events)) == [("Snapshot", 3), ("Event", 4), ("Event", 5)]
    assert (events.counts.doubles, events.counts.gaps, events.counts.events) == (3, 0, 2)


def test_after_a_gap_the_stream_is_taken_up_where_it_was_in_order(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(RETRY, snapshot(3), entry(4), entry(6)), stream(entry(5), entry(6), ended(7)))
    events = Stream(away, MISSION)
    assert seqs(list(events)) == [("Snapshot", 3), ("Event", 4), ("Event", 5), ("Event", 6), ("Event", 7)]
    assert events.counts.gaps == 1
    assert [scripted.request().fields.get("last-event-id") for _ in range(2)] == [None, "4"]


def test_if_the_same_is_missing_again_there_is_a_snapshot(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(RETRY, snapshot(3), entry(5)), stream(entry(5)), stream(snapshot(5), ended(6)))
    events = Stream(away, MISSION)
    assert seqs(list(events)) == [("Snapshot", 3), ("Snapshot", 5), ("Event", 6)]
    assert [scripted.request().fields.get("last-event-id") for _ in range(3)] == [None, "3", None]


def test_a_service_that_says_later_is_asked_again_not_earlier(scripted: Scripted, away: Outrider) -> None:
    retries: list[Retry] = []
    scripted.plays(problem(503, "shutting_down", "Retry-After: 1"), stream(snapshot(1), ended(2)))
    began_at = time.monotonic()
    assert len(list(Stream(away, MISSION, on_retry=retries.append))) == 2
    assert time.monotonic() - began_at >= 1.0
    assert [getattr(retry.error, "status", None) for retry in retries] == [503]
    assert 1.0 <= retries[0].after_s <= 1.25


def test_at_an_end_in_good_order_the_service_says_when_to_come_back(scripted: Scripted, away: Outrider) -> None:
    retries: list[Retry] = []
    scripted.plays(stream("retry: 3000\n\n", snapshot(1), "retry: 40\n\n"), stream(ended(2)))
    list(Stream(away, MISSION, on_retry=retries.append))
    assert retries == [Retry(0.04, None)]


def test_a_connection_that_falls_silent_is_given_up(scripted: Scripted, away: Outrider) -> None:
    retries: list[Retry] = []
    scripted.plays(stream(RETRY, snapshot(1), then=silence), stream(ended(2)))
    list(Stream(away, MISSION, silence_s=0.2, on_retry=retries.append))
    assert [type(retry.error).__name__ for retry in retries] == ["ReadTimeout"]


def test_a_stream_that_cannot_be_had_is_given_up_if_one_wants(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(*[problem(503, "busy")] * 20)
    with pytest.raises(StreamLost, match="busy"):
        list(Stream(away, MISSION, give_up_after_s=0.5))


def test_connections_that_end_at_once_are_not_asked_for_in_a_hurry(scripted: Scripted, away: Outrider) -> None:
    retries: list[Retry] = []
    scripted.plays(*[stream()] * 3, stream(snapshot(1), ended(2)))
    list(Stream(away, MISSION, on_retry=retries.append))
    pauses = [retry.after_s for retry in retries]
    assert pauses[2] >= 1.5 * pauses[0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_raised_and_not_tried_again(scripted: Scripted, away: Outrider, status: int) -> None:
    scripted.plays(problem(status, "refused"))
    with pytest.raises(ProblemError) as raised:
        list(Stream(away, MISSION))
    assert (raised.value.status, raised.value.code) == (status, "refused")


def test_a_token_is_asked_for_at_each_connection(scripted: Scripted) -> None:
    tokens = iter(["first", "second"])
    scripted.plays(stream(RETRY, snapshot(1)), stream(ended(2)))
    with Outrider(scripted.url, lambda: next(tokens)) as outrider:
        list(Stream(outrider, MISSION))
    assert [scripted.request().fields["authorization"] for _ in range(2)] == ["Bearer first", "Bearer second"]


def test_a_key_that_is_refused_later_ends_the_stream(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(RETRY, snapshot(1)), problem(401, "unauthenticated"))
    events = Stream(away, MISSION)
    assert isinstance(next(events), Snapshot)
    with pytest.raises(Unauthenticated):
        next(events)


def test_what_is_not_known_is_told_and_counted(scripted: Scripted, away: Outrider) -> None:
    news = entry(2, "weather", {"rain": True})
    scripted.plays(stream(snapshot(1), message("tide", {"high": True}), news, ended(3)))
    events = list(Stream(away, MISSION))
    unknown = [event for event in events if isinstance(event, Unknown)]
    assert [(event.name, event.seq) for event in unknown] == [("tide", None), ("weather", 2)]
    assert isinstance(events[-1], Event)


@pytest.mark.parametrize(
    "text",
    [
        "event: report\ndata: {\n\n",
        "event: report\ndata: [1]\n\n",
        message("snapshot", {"seq": 1}),
        message("report", {"seq": 2, "kind": "report", "body": {}, "revision": 1, "recorded_at": "now"}),
    ],
)
def test_what_cannot_be_read_is_an_error(scripted: Scripted, away: Outrider, text: str) -> None:
    scripted.plays(stream(snapshot(1), text))
    with pytest.raises(UnreadableEvent):
        list(Stream(away, MISSION))


def test_heartbeats_are_given_to_those_who_ask(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(snapshot(1), HEARTBEAT, ended(2)), stream(snapshot(1), HEARTBEAT, ended(2)))
    assert not any(isinstance(event, Heartbeat) for event in Stream(away, MISSION))
    assert any(isinstance(event, Heartbeat) for event in Stream(away, MISSION, heartbeats=True))


def test_a_snapshot_in_the_middle_is_gone_on_from(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(snapshot(3), entry(4), snapshot(90, "gap_too_long"), entry(91), ended(92)))
    events = Stream(away, MISSION)
    told = [("Snapshot", 3), ("Event", 4), ("Snapshot", 90), ("Event", 91), ("Event", 92)]
    assert seqs(list(events)) == told
    assert (events.counts.gaps, events.counts.snapshots) == (0, 2)


def test_another_thread_may_close_a_stream_that_waits(scripted: Scripted, away: Outrider) -> None:
    scripted.plays(stream(snapshot(1), then=silence))
    events = Stream(away, MISSION)
    got: queue.Queue[StreamEvent | None] = queue.Queue()

    def listen() -> None:
        for event in events:
            got.put(event)
        got.put(None)

    thread = threading.Thread(target=listen)
    thread.start()
    assert isinstance(got.get(timeout=5.0), Snapshot)
    events.close()
    assert got.get(timeout=5.0) is None
    thread.join(5.0)
    assert not thread.is_alive()


def test_a_task_does_the_same(scripted: Scripted) -> None:
    async def follow() -> list[StreamEvent]:
        async with Outrider(scripted.url) as outrider, AsyncStream(outrider, MISSION, silence_s=0.3) as events:
            return [event async for event in events]

    scripted.plays(
        problem(503, "busy", "Retry-After: 0"),
        stream(RETRY, snapshot(3), entry(4), entry(6), then=silence),
        stream(RETRY, entry(5), then=silence),
        answer(502, {}),
        stream(entry(6), ended(7)),
    )
    events = asyncio.run(follow())
    assert seqs(events) == [("Snapshot", 3), ("Event", 4), ("Event", 5), ("Event", 6), ("Event", 7)]
    ids = [scripted.request().fields.get("last-event-id") for _ in range(5)]
    assert ids == [None, None, "4", "5", "5"]


def test_a_task_that_waits_can_be_cancelled(scripted: Scripted) -> None:
    async def follow() -> None:
        async with Outrider(scripted.url) as outrider, AsyncStream(outrider, MISSION) as events:
            assert isinstance(await anext(events), Snapshot)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(events), 0.1)

    scripted.plays(stream(snapshot(1), then=silence))
    asyncio.run(follow())
