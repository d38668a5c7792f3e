"""What can go wrong, as exceptions. All of them are `OutriderError`s, but for httpx's `TransportError` where nothing
was tried again."""

from __future__ import annotations

import email.utils
import ssl
from dataclasses import dataclass
from typing import Any

import httpx

from .times import now

PROBLEM_JSON = "application/problem+json"


class OutriderError(Exception):
    """Anything that this package raises."""


@dataclass(frozen=True)
class FieldProblem:
    """One thing that is wrong with a request."""

    pointer: str
    """A JSON pointer (RFC 6901) into the request's body, or the name of a query parameter or header."""
    message: str
    """What is wrong, and what would be right."""


class ProblemError(OutriderError):
    """The service, or a proxy in front of it, refused a request. RFC 9457."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        code: str = "",
        type: str = "about:blank",
        request_id: str = "",
        errors: tuple[FieldProblem, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        self.status = status
        """The HTTP status."""
        self.title = title
        """The status in words."""
        self.detail = detail
        """What happened, in a sentence."""
        self.code = code
        """A stable name to decide on; empty if the answer is not the service's own."""
        self.type = type
        """`urn:outrider:problem:` and the code."""
        self.request_id = request_id
        """The request, as the service's log has it."""
        self.errors = errors
        """The fields at fault."""
        self.retry_after_s = retry_after_s
        """After how many seconds trying again may help, if the service says so."""
        super().__init__(f"{status} {title}: {detail}" + (f" [{code}]" if code else ""))

    @property
    def pointer(self) -> str | None:
        """Where the first field at fault is; `None` if no field is."""
        return self.errors[0].pointer if self.errors else None

    def of_items(self) -> dict[int, ProblemError]:
        """The problems of a list's items, by their place in it: each as if the item had been sent alone. Empty if the
        service says nothing of items."""
        by_item: dict[int, list[FieldProblem]] = {}
        for error in self.errors:
            place, _, rest = error.pointer.removeprefix("/").partition("/")
            if error.pointer.startswith("/") and place.isascii() and place.isdigit():
                by_item.setdefault(int(place), []).append(FieldProblem(f"/{rest}" if rest else "", error.message))
        return {
            i: type(self)(
                self.status,
                self.title,
                f"{errors[0].pointer or 'the item'}: {errors[0].message}",
                code=self.code,
                type=self.type,
                request_id=self.request_id,
                errors=tuple(errors),
            )
            for i, errors in by_item.items()
        }

    @staticmethod
    def of(response: httpx.Response) -> ProblemError:
        """The problem that an answer is. Its body has been read."""
        document: dict[str, Any] = {}
        if response.headers.get("content-type", "").split(";")[0].strip() == PROBLEM_JSON:
            try:
                read = response.json()
                document = read if isinstance(read, dict) else {}
            except ValueError:
                pass
        kind = _KINDS.get(response.status_code, ProblemError)
        errors = [error for error in document.get("errors", []) if isinstance(error, dict)]
        return kind(
            response.status_code,
            str(document.get("title") or response.reason_phrase),
            str(document.get("detail") or response.text[:500]),
            code=str(document.get("code", "")),
            type=str(document.get("type", "about:blank")),
            request_id=str(document.get("request_id") or response.headers.get("x-request-id", "")),
            errors=tuple(FieldProblem(str(e.get("pointer", "")), str(e.get("message", ""))) for e in errors),
            retry_after_s=_retry_after_s(response.headers.get("retry-after")),
        )


class Unauthenticated(ProblemError):
    """401: there is no key or token, or it opens nothing (any more): it was revoked, or its time is over."""


class Forbidden(ProblemError):
    """403: the role does not suffice, or a vehicle speaks for another one."""


class NotFound(ProblemError):
    """404: there is no such thing in this tenant."""


class Conflict(ProblemError):
    """409: the mission is over, or a name is taken."""


_KINDS: dict[int, type[ProblemError]] = {401: Unauthenticated, 403: Forbidden, 404: NotFound, 409: Conflict}


class StreamLost(OutriderError):
    """A stream could not be had for as long as the caller wanted to try."""


class UnreadableEvent(OutriderError):
    """The service sent something that this version of the package does not understand."""


class BufferFull(OutriderError):
    """There are as many reports waiting to be sent as may wait."""


class NotSent(OutriderError):
    """The reporter was closed, or gave up, before this was sent."""


def _retry_after_s(header: str | None) -> float | None:
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        at = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at - now()).total_seconds()) if at.tzinfo else None


def may_pass(error: Exception) -> bool:
    """Whether the same request may well succeed later: the service is away, busy or stopping."""
    if isinstance(error, ProblemError):
        return error.status in (408, 425, 429) or error.status >= 500
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return False
    return isinstance(error, httpx.TransportError) and not _is_about_certificates(error)


def _is_about_certificates(error: BaseException) -> bool:
    """Whether the service's certificate is not one that was asked for. That does not mend itself within minutes."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
