"""Times as the service writes them: RFC 3339, in UTC, with up to six digits of a second."""

from __future__ import annotations

import datetime
import re

_FORM = re.compile(r"^(.{10})[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-]\d\d:\d\d))$")


def read_time(text: str) -> datetime.datetime:
    """The time that an RFC 3339 text names. What is finer than a microsecond is cut.

    Python 3.10's `datetime.fromisoformat` knows neither `Z` nor any number of digits.

    Raises:
        ValueError: When the text is no such time.
    """
    found = _FORM.match(text)
    if found is None:
        raise ValueError(f"expected an RFC 3339 time such as 2026-05-04T09:30:00Z, got {text!r}")
    day, clock, fraction, zone = found.groups()
    microseconds = f"{fraction or '0':0<6}"[:6]
    return datetime.datetime.fromisoformat(f"{day}T{clock}.{microseconds}{zone or '+00:00'}")


def now() -> datetime.datetime:
    """The present, in UTC: what is sent to the service needs a zone."""
    return datetime.datetime.now(datetime.timezone.utc)
