"""Following missions as they happen."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from uuid import UUID

import httpx

from .client import Outrider
from .events import StreamEvent
from .following import SILENCE_S, Counts, Discontinuity, Following, Retry
from .generated.api.missions import get_mission
from .problems import ProblemError

OnRetry = Callable[[Retry], None]


class Stream:
    """The events of one mission, or of up to 64 together, for as long as there are any. It resumes by itself.

    What the log has comes once, in order, without gaps, whatever becomes of the connection and the service. Where that
    is not possible (too much was missed, or the caller is too slow) a `Snapshot` comes, and what was known before is
    void.

        with Stream(outrider, mission_id) as stream:
            for event in stream:
                match event:
                    case Event(entry=MissionEventPlan(body=plan)): ...

    It holds one event at a time: whoever is slow slows the service down, is cut off after about half a minute, and
    then goes on where he was.

    Args:
        outrider: The service.
        missions: A mission, or several.
        after: The `cursor` of an earlier stream of the same missions in the same order, to go on where that one was.
            Otherwise the stream begins with a snapshot of each.
        until_ended: The stream ends when all missions have. Otherwise it never does.
        heartbeats: Give `Heartbeat`s as well.
        silence_s: After how many seconds without a word, heartbeats included, the connection counts as dead. The
            service promises one every 15 s, unless its `--heartbeat-s` says otherwise.
        give_up_after_s: For how long to try without success; for ever unless given.
        on_retry: Is told why and after what time the stream is asked for again.

    Raises (while it is iterated):
        Unauthenticated: The key was revoked, or never was one.
        Forbidden, NotFound, ProblemError: The service will not have it.
        StreamLost: After `give_up_after_s`.
        UnreadableEvent: What comes cannot be understood.
    """

    def __init__(
        self,
        outrider: Outrider,
        missions: UUID | Iterable[UUID],
        *,
        after: str | None = None,
        until_ended: bool = True,
        heartbeats: bool = False,
        silence_s: float = SILENCE_S,
        give_up_after_s: float | None = None,
        on_retry: OnRetry | None = None,
    ) -> None:
        self._outrider = outrider
        self._following = _following(missions, after, until_ended, heartbeats, give_up_after_s)
        self._silence_s = silence_s
        self._on_retry = on_retry
        self._closed = threading.Event()
        self._response: httpx.Response | None = None
        self._events = self._run()

    @property
    def cursor(self) -> str | None:
        """Where the stream is: after the event that was given last. It may be kept, for `after`."""
        return self._following.cursor

    @property
    def counts(self) -> Counts:
        """What has happened so far."""
        return self._following.counts

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> StreamEvent:
        return next(self._events)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the stream. Another thread that waits in it gets the end at once."""
        self._closed.set()
        response = self._response
        if response is not None:
            _wake(response)
        # It runs in another thread: there it ends by itself.
        with contextlib.suppress(ValueError):
            self._events.close()

    def _run(self) -> Generator[StreamEvent, None, None]:
        following = self._following
        unsure = list(following.unsure())
        while not (following.is_over or self._closed.is_set()):
            error: Exception | None = None
            try:
                while unsure:
                    following.learn(get_mission.sync(self._outrider, unsure[-1]))
                    unsure.pop()
                if following.is_over:
                    return
                yield from self._connection()
            except (httpx.HTTPError, ProblemError, Discontinuity) as raised:
                error = raised
            if following.is_over or self._closed.is_set():
                return
            retry = following.pause(error)
            if self._on_retry is not None:
                self._on_retry(retry)
            self._closed.wait(retry.after_s)

    def _connection(self) -> Generator[StreamEvent, None, None]:
        """What comes by one connection."""
        following, outrider = self._following, self._outrider
        timeout = httpx.Timeout(outrider.timeout_s, read=self._silence_s)
        with outrider.http().stream(**following.request(), timeout=timeout) as response:
            if not response.is_success:
                response.read()
                raise ProblemError.of(response)
            self._response = response
            try:
                following.opened()
                for chunk in response.iter_bytes():
                    for event in following.take(chunk):
                        yield event
                        if self._closed.is_set():
                            return
                    if following.is_over:
                        return
            finally:
                self._response = None


class AsyncStream:
    """The same for task loops: `async with AsyncStream(…) as stream: async for event in stream: …`. What the arguments
    mean and what is raised, `Stream` says."""

    def __init__(
        self,
        outrider: Outrider,
        missions: UUID | Iterable[UUID],
        *,
        after: str | None = None,
        until_ended: bool = True,
        heartbeats: bool = False,
        silence_s: float = SILENCE_S,
        give_up_after_s: float | None = None,
        on_retry: OnRetry | None = None,
    ) -> None:
        self._outrider = outrider
        self._following = _following(missions, after, until_ended, heartbeats, give_up_after_s)
        self._silence_s = silence_s
        self._on_retry = on_retry
        self._events = self._run()

    @property
    def cursor(self) -> str | None:
        """Where the stream is: after the event that was given last. It may be kept, for `after`."""
        return self._following.cursor

    @property
    def counts(self) -> Counts:
        """What has happened so far."""
        return self._following.counts

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> StreamEvent:
        return await anext(self._events)

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the stream. A task that waits in it is to be cancelled instead."""
        await self._events.aclose()

    async def _run(self) -> AsyncGenerator[StreamEvent, None]:
        following = self._following
        unsure = list(following.unsure())
        while not following.is_over:
            error: Exception | None = None
            try:
                while unsure:
                    following.learn(await get_mission.asyncio(self._outrider, unsure[-1]))
                    unsure.pop()
                if following.is_over:
                    return
                async with contextlib.aclosing(self._connection()) as events:
                    async for event in events:
                        yield event
            except (httpx.HTTPError, ProblemError, Discontinuity) as raised:
                error = raised
            if following.is_over:
                return
            retry = following.pause(error)
            if self._on_retry is not None:
                self._on_retry(retry)
            await asyncio.sleep(retry.after_s)

    async def _connection(self) -> AsyncGenerator[StreamEvent, None]:
        following, outrider = self._following, self._outrider
        timeout = httpx.Timeout(outrider.timeout_s, read=self._silence_s)
        async with outrider.async_http().stream(**following.request(), timeout=timeout) as response:
            if not response.is_success:
                await response.aread()
                raise ProblemError.of(response)
            following.opened()
            async for chunk in response.aiter_bytes():
                for event in following.take(chunk):
                    yield event
                if following.is_over:
                    return


def _following(
    missions: UUID | Iterable[UUID],
    after: str | None,
    until_ended: bool,
    heartbeats: bool,
    give_up_after_s: float | None,
) -> Following:
    return Following(
        [missions] if isinstance(missions, UUID) else list(missions),
        after=after,
        until_ended=until_ended,
        heartbeats=heartbeats,
        give_up_after_s=give_up_after_s,
    )


def _wake(response: httpx.Response) -> None:
    """Ends a connection that another thread waits for. What that one raises is the end, as the stream is closed."""
    with contextlib.suppress(Exception):
        connection = response.extensions["network_stream"].get_extra_info("socket")
        connection.shutdown(socket.SHUT_RDWR)
