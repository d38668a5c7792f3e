from typing import Any

import httpx

from ....client import Outrider
from ...models.session_view import SessionView


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/session",
    }

    return _kwargs


def _read(response: httpx.Response) -> SessionView:
    response_200 = SessionView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> SessionView:
    """Who am I?.

    The role and tenant of whoever asks. On an open service everybody is the admin of the default tenant.

    Needs any role.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> SessionView:
    """Who am I?.

    The role and tenant of whoever asks. On an open service everybody is the admin of the default tenant.

    Needs any role.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
