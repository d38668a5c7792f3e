from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider


def _get_kwargs(
    key_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v1/keys/{key_id}".format(
            key_id=quote(str(key_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> None:
    return None


def sync(
    client: Outrider,
    key_id: UUID,
) -> None:
    """Revoke a key.

    From now on it opens nothing, on every replica; streams that are open with it end, and so do sessions. Doing
    it again changes nothing.

    Needs the role admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                key_id=key_id,
            )
        )
    )


async def asyncio(
    client: Outrider,
    key_id: UUID,
) -> None:
    """Revoke a key.

    From now on it opens nothing, on every replica; streams that are open with it end, and so do sessions. Doing
    it again changes nothing.

    Needs the role admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                key_id=key_id,
            )
        )
    )
