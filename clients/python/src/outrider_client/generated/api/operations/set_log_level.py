from typing import Any

import httpx

from ....client import Outrider
from ...models.log_level_view import LogLevelView


def _get_kwargs(
    *,
    body: LogLevelView,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v1/admin/log-level",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> LogLevelView:
    response_200 = LogLevelView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    *,
    body: LogLevelView,
) -> LogLevelView:
    """Change the log level.

    Of this replica, until it is changed again or the process ends.

    Needs the role admin of the tenant `default`.

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
    body: LogLevelView,
) -> LogLevelView:
    """Change the log level.

    Of this replica, until it is changed again or the process ends.

    Needs the role admin of the tenant `default`.

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
