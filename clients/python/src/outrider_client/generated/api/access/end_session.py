from typing import Any

import httpx

from ....client import Outrider


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v1/session",
    }

    return _kwargs


def _read(response: httpx.Response) -> None:
    return None


def sync(
    client: Outrider,
) -> None:
    """Log out.

    Ends the session of the cookie, and closes the streams that are open with it. Without a session nothing
    changes.

    Needs any role.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> None:
    """Log out.

    Ends the session of the cookie, and closes the streams that are open with it. Without a session nothing
    changes.

    Needs any role.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
