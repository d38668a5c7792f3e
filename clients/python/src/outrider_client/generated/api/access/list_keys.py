from typing import Any

import httpx

from ....client import Outrider
from ...models.key_list import KeyList


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/keys",
    }

    return _kwargs


def _read(response: httpx.Response) -> KeyList:
    response_200 = KeyList.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> KeyList:
    """List keys.

    The tenant's keys, newest first, without their secrets.

    Needs the role admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> KeyList:
    """List keys.

    The tenant's keys, newest first, without their secrets.

    Needs the role admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
