"""A server that does what a test says, connection by connection: what a real one does only on a bad day."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

Play = Callable[[socket.socket], None]

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
PATIENCE_S = 10.0


class Request:
    """What a client sent."""

    def __init__(self, head: str, body: bytes) -> None:
        self.line, *fields = head.split("\r\n")
        self.fields = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        self.body = body

    def json(self) -> Any:
        return json.loads(self.body)


class Scripted:
    """Answers each request with the next play. When there are none left it takes no more connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: queue.Queue[Request] = queue.Queue()
        self._plays: queue.Queue[Play] = queue.Queue()
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def plays(self, *plays: Play) -> None:
        """What to do next."""
        for play in plays:
            self._plays.put(play)

    def request(self) -> Request:
        """The next request, or a failure if none comes."""
        return self.requests.get(timeout=PATIENCE_S)

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, queue.Empty), connection:
            connection.settimeout(PATIENCE_S)
            text = b""
            while b"\r\n\r\n" not in text:
                more = connection.recv(65_536)
                if not more:
                    return
                text += more
            head, _, body = text.partition(b"\r\n\r\n")
            request = Request(head.decode(), body)
            while len(request.body) < int(request.fields.get("content-length", "0")):
                request.body += connection.recv(65_536)
            self.requests.put(request)
            self._plays.get(timeout=PATIENCE_S)(connection)


def answer(status: int, body: Any, *fields: str, media_type: str = "application/json") -> Play:
    """A whole answer; the connection ends with it."""

    def play(connection: socket.socket) -> None:
        text = json.dumps(body).encode()
        head = [f"HTTP/1.1 {status} X", f"Content-Type: {media_type}", f"Content-Length: {len(text)}"]
        connection.sendall("\r\n".join([*head, "Connection: close", *fields, "", ""]).encode() + text)

    return play


def problem(status: int, code: str, *fields: str) -> Play:
    """A problem document."""
    document = {"status": status, "title": "T", "detail": "D", "code": code, "type": code, "request_id": "r"}
    return answer(status, document, *fields, media_type="application/problem+json")


def stream(*messages: str, then: Play | None = None) -> Play:
    """A stream with these messages, and an end, unless something else comes then."""

    def play(connection: socket.socket) -> None:
        connection.sendall(STREAM + "".join(messages).encode())
        if then is not None:
            then(connection)

    return play


def silence(connection: socket.socket) -> None:
    """Nothing, until the client goes away."""
    with contextlib.suppress(TimeoutError):
        while connection.recv(1):
            pass
