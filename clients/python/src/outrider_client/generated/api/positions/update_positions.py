from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.position_request import PositionRequest
from ...models.positions_accepted import PositionsAccepted


def _get_kwargs(
    mission_id: UUID,
    *,
    body: list[PositionRequest] | PositionRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/missions/{mission_id}/positions".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    if isinstance(body, PositionRequest):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = []
        for body_a_batch_item_data in body:
            body_a_batch_item = body_a_batch_item_data.to_dict()
            _kwargs["json"].append(body_a_batch_item)

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> PositionsAccepted:
    response_202 = PositionsAccepted.from_dict(response.json())

    return response_202


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    body: list[PositionRequest] | PositionRequest,
) -> PositionsAccepted:
    """Tell positions.

    One position, or an array of up to 200. The UGV's latest position is where its next plan begins; when it has
    left its route a new plan follows by itself, and near the goal the mission ends as arrived. Positions are no
    log entries.

    Needs the role vehicle, operator or admin. A vehicle may speak for itself, in its own mission.

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
    body: list[PositionRequest] | PositionRequest,
) -> PositionsAccepted:
    """Tell positions.

    One position, or an array of up to 200. The UGV's latest position is where its next plan begins; when it has
    left its route a new plan follows by itself, and near the goal the mission ends as arrived. Positions are no
    log entries.

    Needs the role vehicle, operator or admin. A vehicle may speak for itself, in its own mission.

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
