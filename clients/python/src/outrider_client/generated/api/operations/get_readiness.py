from typing import Any

import httpx

from ....client import Outrider
from ...models.health import Health


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/readyz",
    }

    return _kwargs


def _read(response: httpx.Response) -> Health:
    response_200 = Health.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> Health:
    """Readiness.

    The database answers and its schema is one that this version works with.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> Health:
    """Readiness.

    The database answers and its schema is one that this version works with.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
