from typing import Any

import httpx

from ....client import Outrider
from ...models.import_list import ImportList


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/imports",
    }

    return _kwargs


def _read(response: httpx.Response) -> ImportList:
    response_200 = ImportList.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> ImportList:
    """List imports.

    The tenant's latest hundred imports in the background, newest first. What ended is kept for a week.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> ImportList:
    """List imports.

    The tenant's latest hundred imports in the background, newest first. What ended is kept for a week.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
