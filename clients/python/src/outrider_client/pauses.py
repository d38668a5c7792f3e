"""How long to wait before something is tried again."""

from __future__ import annotations

import random

from .problems import ProblemError

FIRST_S = 0.25


class Pauses:
    """Pauses that grow with each failure in a row, to twice the one before and up to a limit, each drawn from the upper
    half of what it may be: vehicles that lost the service together do not all come back together. What the service says
    (`Retry-After`) is never undercut."""

    def __init__(self, longest_s: float, dice: random.Random | None = None) -> None:
        self._longest_s = longest_s
        self._dice = dice or random.Random()
        self._failures = 0

    def succeeded(self) -> None:
        """Something went well: the next failure is the first."""
        self._failures = 0

    def after(self, error: Exception | None, hint_s: float | None = None) -> float:
        """The pause in seconds. `hint_s` is what the service gave for the first time, drawn for this client already."""
        self._failures += 1
        pause_s = min(self._longest_s, FIRST_S * 2.0 ** min(self._failures, 30)) * self._dice.uniform(0.5, 1.0)
        if hint_s is not None:
            pause_s = hint_s if self._failures == 1 else max(hint_s, pause_s)
        if isinstance(error, ProblemError) and error.retry_after_s is not None:
            pause_s = max(pause_s, error.retry_after_s * self._dice.uniform(1.0, 1.25))
        return pause_s
