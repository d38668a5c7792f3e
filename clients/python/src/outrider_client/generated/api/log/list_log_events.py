from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.log_page import LogPage
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    after: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["after"] = after

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/log".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> LogPage:
    response_200 = LogPage.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    after: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> LogPage:
    """Read the event log.

    The whole history of the mission, page by page. Numbers have no gaps.

    Needs the role vehicle, viewer, operator or admin. A vehicle may read its own mission, and the network that
    runs on.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                mission_id=mission_id,
                after=after,
                limit=limit,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    after: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> LogPage:
    """Read the event log.

    The whole history of the mission, page by page. Numbers have no gaps.

    Needs the role vehicle, viewer, operator or admin. A vehicle may read its own mission, and the network that
    runs on.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                mission_id=mission_id,
                after=after,
                limit=limit,
            )
        )
    )
