"""A real service on a Postgres of its own, which tests start, kill and start again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

PATIENCE_S = 30.0
REPOSITORY = Path(__file__).resolve().parents[3]

# Each port is tried once by this process.
_OFFSETS = iter(range(5_000))

T = TypeVar("T")


def program() -> Path:
    """The program: `OUTRIDER_PROGRAM`, or what was built last."""
    named = os.environ.get("OUTRIDER_PROGRAM")
    built = [Path(named)] if named else [REPOSITORY / "target" / kind / "outrider" for kind in ("debug", "release")]
    there = [path for path in built if path.exists()]
    if not there:
        raise FileNotFoundError("no service to test with: `cargo build`, or set OUTRIDER_PROGRAM")
    return max(there, key=lambda path: path.stat().st_mtime)


def until(what: str, looks: Callable[[], T | None], patience_s: float = PATIENCE_S) -> T:
    """Waits until something is there, for so long at the most."""
    ends_at = time.monotonic() + patience_s
    while time.monotonic() < ends_at:
        found = looks()
        if found:
            return found
        time.sleep(0.01)
    raise TimeoutError(f"{what}: not within {patience_s} s")


def free_port() -> int:
    """A port that nobody uses and that the system hands out to nobody, so that it is free again after a kill."""
    for offset in _OFFSETS:
        port = 15_000 + (os.getpid() * 89 + offset) % 5_000
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError("no port is free")


class Service:
    """A service on a port and a data folder of its own, both of which outlast its processes."""

    def __init__(self, *options: str) -> None:
        # Short: the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="outrider-client-", dir="/tmp"))
        # Postgres does not run as root, and its user must get to its cluster.
        self.folder.chmod(0o755)
        self.port = free_port()
        self.scheme = "https" if "--tls-cert" in options else "http"
        self.options = options
        self.log = self.folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self, *more: str) -> None:
        """Starts it, without waiting for it."""
        command = [str(program()), "serve", "--listen", f"127.0.0.1:{self.port}", *self._data(), *self.options, *more]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=_plain_environment())

    def until_ready(self) -> Service:
        """Waits until it takes requests."""

        def is_ready() -> bool:
            assert self._process is not None
            if self._process.poll() is not None:
                raise RuntimeError(f"the service ended:\n{self.log.read_text(errors='replace')[-4_000:]}")
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(f"{self.url}/readyz", verify=False, timeout=2).is_success
            return False

        until("the service is ready", is_ready)
        return self

    def is_up(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Ends it without a chance to say anything: kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it in good order."""
        self._end(signal.SIGTERM)

    def keys(self, *arguments: str) -> Any:
        """`outrider keys … --json`."""
        command = [str(program()), "keys", *arguments, *self._data(), "--json"]
        done = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_S, env=_plain_environment())
        return json.loads(done.stdout)

    def remove(self) -> None:
        if not self.is_up() and (self.folder / "data").exists():
            # Its Postgres may have outlived a kill. The next one takes it over, and ends it with itself.
            self.start()
            self.until_ready()
        if self.is_up():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _data(self) -> list[str]:
        return ["--data-dir", str(self.folder / "data")]

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(PATIENCE_S)


def _plain_environment() -> dict[str, str]:
    """The environment without settings of a service that the developer runs."""
    ours = ("OUTRIDER_PG_BINDIR",)
    return {name: value for name, value in os.environ.items() if not name.startswith("OUTRIDER_") or name in ours}
