from typing import Any

import httpx

from ....client import Outrider
from ...models.create_key import CreateKey
from ...models.key_created import KeyCreated


def _get_kwargs(
    *,
    body: CreateKey,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/keys",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> KeyCreated:
    response_201 = KeyCreated.from_dict(response.json())

    return response_201


def sync(
    client: Outrider,
    *,
    body: CreateKey,
) -> KeyCreated:
    """Make a key.

    The answer has the key itself, this once; what is kept is a hash of it. The first key of a service that was
    open closes it: from then on everybody needs one. A vehicle's key is for one vehicle of one mission.

    Needs the role admin.

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
    body: CreateKey,
) -> KeyCreated:
    """Make a key.

    The answer has the key itself, this once; what is kept is a hash of it. The first key of a service that was
    open closes it: from then on everybody needs one. A vehicle's key is for one vehicle of one mission.

    Needs the role admin.

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
