from typing import Any

import httpx

from ....client import Outrider
from ...models.strategy_list import StrategyList


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/strategies",
    }

    return _kwargs


def _read(response: httpx.Response) -> StrategyList:
    response_200 = StrategyList.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
) -> StrategyList:
    """List strategies.

    The strategies that missions can choose, with the schemas of their parameters.

    Needs any role.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(client.request(**_get_kwargs()))


async def asyncio(
    client: Outrider,
) -> StrategyList:
    """List strategies.

    The strategies that missions can choose, with the schemas of their parameters.

    Needs any role.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(await client.request_async(**_get_kwargs()))
