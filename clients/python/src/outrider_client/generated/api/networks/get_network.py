from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.network_view import NetworkView


def _get_kwargs(
    network_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/networks/{network_id}".format(
            network_id=quote(str(network_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> NetworkView:
    response_200 = NetworkView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    network_id: UUID,
) -> NetworkView:
    """Get a network.

    Needs the role vehicle, viewer, operator or admin. A vehicle may read its own mission, and the network that
    runs on.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                network_id=network_id,
            )
        )
    )


async def asyncio(
    client: Outrider,
    network_id: UUID,
) -> NetworkView:
    """Get a network.

    Needs the role vehicle, viewer, operator or admin. A vehicle may read its own mission, and the network that
    runs on.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                network_id=network_id,
            )
        )
    )
