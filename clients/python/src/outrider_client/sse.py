"""Server-sent events, taken apart as they arrive (HTML Living Standard, section 9.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .problems import UnreadableEvent

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Message:
    """One event as it was sent."""

    name: str
    data: str
    id: str | None


class Parser:
    """Makes messages of bytes. What it keeps is bounded: an event that is longer than `longest` bytes is refused."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._pending: list[bytes] = []
        self._kept = 0
        self._name = ""
        self._data: list[str] = []
        self._id: str | None = None
        self.retry_s: float | None = None
        """What the last `retry` line said, in seconds."""

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """The messages that end in these bytes.

        Raises:
            UnreadableEvent: When an event is too long.
        """
        self._kept += len(chunk)
        # Joined only when a line ends in them, so that a long line is not copied again with each piece of it.
        if b"\n" not in chunk and b"\r" not in chunk:
            self._pending.append(chunk)
            self._refuse_what_is_too_long()
            return
        text = b"".join([*self._pending, chunk])
        begin = 0
        for end in _LINE_END.finditer(text):
            # It may be the first half of a line's end.
            if end.group() == b"\r" and end.end() == len(text):
                break
            message = self._line(text[begin : end.start()].decode("utf-8", errors="replace"))
            begin = end.end()
            if message is not None:
                self._kept = len(text) - begin
                yield message
        self._pending = [text[begin:]] if begin < len(text) else []
        self._refuse_what_is_too_long()

    def _refuse_what_is_too_long(self) -> None:
        if self._kept > self._longest:
            raise UnreadableEvent(f"an event of the stream has more than {self._longest} bytes")

    def _line(self, line: str) -> Message | None:
        if not line:
            message = Message(self._name or "message", "\n".join(self._data), self._id) if self._data else None
            self._name, self._data, self._id = "", [], None
            return message
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id":
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.retry_s = int(value) / 1_000
        return None
