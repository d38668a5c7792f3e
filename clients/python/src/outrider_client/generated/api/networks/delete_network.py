from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider


def _get_kwargs(
    network_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v1/networks/{network_id}".format(
            network_id=quote(str(network_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> None:
    return None


def sync(
    client: Outrider,
    network_id: UUID,
) -> None:
    """Delete a network.

    Only a network that no mission uses can be deleted.

    Needs the role operator or admin.

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
) -> None:
    """Delete a network.

    Only a network that no mission uses can be deleted.

    Needs the role operator or admin.

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
