from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.find_nearest_goals import FindNearestGoals
from ...models.nearest_goals_view import NearestGoalsView


def _get_kwargs(
    mission_id: UUID,
    *,
    body: FindNearestGoals,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/missions/{mission_id}/nearest-goals".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> NearestGoalsView:
    response_200 = NearestGoalsView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    body: FindNearestGoals,
) -> NearestGoalsView:
    """Find the nearest of several goals.

    For each of the goals (shelters, hospitals) how far it is by road from where the UGV is, how long that takes,
    and whether it can be reached at all, over roads not known to be blocked; the nearest first. The mission does
    not change.

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
                body=body,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    body: FindNearestGoals,
) -> NearestGoalsView:
    """Find the nearest of several goals.

    For each of the goals (shelters, hospitals) how far it is by road from where the UGV is, how long that takes,
    and whether it can be reached at all, over roads not known to be blocked; the nearest first. The mission does
    not change.

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
                body=body,
            )
        )
    )
