from typing import Any

import httpx

from ....client import Outrider
from ...models.network_list import NetworkList


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/networks",
    }

    return _kwargs


def _read(response: httpx.Response) -> NetworkList:
    response_200 = NetworkList.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> NetworkList:
    """List networks.

    The tenant's networks, by name.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> NetworkList:
    """List networks.

    The tenant's networks, by name.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
