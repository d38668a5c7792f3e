from typing import Any

import httpx

from ....client import Outrider
from ...models.login_request import LoginRequest
from ...models.session_view import SessionView


def _get_kwargs(
    *,
    body: LoginRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/session",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> SessionView:
    response_201 = SessionView.from_dict(response.json())

    return response_201


def sync(
    client: Outrider,
    *,
    body: LoginRequest,
) -> SessionView:
    """Log in.

    For the page in a browser: answers with a cookie (`HttpOnly`, `SameSite=Strict`, over TLS `Secure`) that
    stands for the key from then on. It lasts as long as it is used, an open stream counts as use, and ends with
    the key. Programs send the key itself as `Authorization: Bearer KEY` with each request instead.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                body=body,
            )
        )
    )


async def asyncio(
    client: Outrider,
    *,
    body: LoginRequest,
) -> SessionView:
    """Log in.

    For the page in a browser: answers with a cookie (`HttpOnly`, `SameSite=Strict`, over TLS `Secure`) that
    stands for the key from then on. It lasts as long as it is used, an open stream counts as use, and ends with
    the key. Programs send the key itself as `Authorization: Bearer KEY` with each request instead.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                body=body,
            )
        )
    )
