from typing import Any

import httpx

from ....client import Outrider
from ...models.log_level_view import LogLevelView


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/admin/log-level",
    }

    return _kwargs


def _read(response: httpx.Response) -> LogLevelView:
    response_200 = LogLevelView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> LogLevelView:
    """Read the log level.

    What this replica logs at present.

    Needs the role admin of the tenant `default`.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> LogLevelView:
    """Read the log level.

    What this replica logs at present.

    Needs the role admin of the tenant `default`.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
