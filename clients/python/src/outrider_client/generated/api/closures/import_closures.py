import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.closure_collection import ClosureCollection
from ...models.feed_accepted import FeedAccepted
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    body: ClosureCollection,
    id: UUID | Unset = UNSET,
    tolerance_m: float | Unset = UNSET,
    expires_at: datetime.datetime | Unset = UNSET,
    reason: str | Unset = UNSET,
    decided_by: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    json_id: str | Unset = UNSET
    if not isinstance(id, Unset):
        json_id = str(id)
    params["id"] = json_id

    params["tolerance_m"] = tolerance_m

    json_expires_at: str | Unset = UNSET
    if not isinstance(expires_at, Unset):
        json_expires_at = expires_at.isoformat()
    params["expires_at"] = json_expires_at

    params["reason"] = reason

    params["decided_by"] = decided_by

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/missions/{mission_id}/closures/import".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> FeedAccepted:
    response_202 = FeedAccepted.from_dict(response.json())

    return response_202


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    body: ClosureCollection,
    id: UUID | Unset = UNSET,
    tolerance_m: float | Unset = UNSET,
    expires_at: datetime.datetime | Unset = UNSET,
    reason: str | Unset = UNSET,
    decided_by: str | Unset = UNSET,
) -> FeedAccepted:
    """Close segments by a feed.

    Takes a feed of the Work Zone Data Exchange (WZDx 4) or plain GeoJSON, and closes what it says is closed now:
    one atomic change, and one replan. Of WZDx road events those with the impact `all-lanes-closed` close, from
    their `start_date` to their `end_date`; others are ignored and counted. A line closes the segments that it
    runs along, an area those of which any part lies in it, a point the nearest one. The answer says of each
    feature what it closed. The same feed may be sent again and again: a closing that is in force is not made
    twice.

    Needs the role operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                mission_id=mission_id,
                body=body,
                id=id,
                tolerance_m=tolerance_m,
                expires_at=expires_at,
                reason=reason,
                decided_by=decided_by,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    body: ClosureCollection,
    id: UUID | Unset = UNSET,
    tolerance_m: float | Unset = UNSET,
    expires_at: datetime.datetime | Unset = UNSET,
    reason: str | Unset = UNSET,
    decided_by: str | Unset = UNSET,
) -> FeedAccepted:
    """Close segments by a feed.

    Takes a feed of the Work Zone Data Exchange (WZDx 4) or plain GeoJSON, and closes what it says is closed now:
    one atomic change, and one replan. Of WZDx road events those with the impact `all-lanes-closed` close, from
    their `start_date` to their `end_date`; others are ignored and counted. A line closes the segments that it
    runs along, an area those of which any part lies in it, a point the nearest one. The answer says of each
    feature what it closed. The same feed may be sent again and again: a closing that is in force is not made
    twice.

    Needs the role operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                mission_id=mission_id,
                body=body,
                id=id,
                tolerance_m=tolerance_m,
                expires_at=expires_at,
                reason=reason,
                decided_by=decided_by,
            )
        )
    )
