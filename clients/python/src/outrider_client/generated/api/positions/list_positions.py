from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.position_list import PositionList


def _get_kwargs(
    mission_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/positions".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> PositionList:
    response_200 = PositionList.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
) -> PositionList:
    """Get the latest positions.

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
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
) -> PositionList:
    """Get the latest positions.

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
            )
        )
    )
