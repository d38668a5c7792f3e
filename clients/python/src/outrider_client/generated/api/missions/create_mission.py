from typing import Any

import httpx

from ....client import Outrider
from ...models.create_mission import CreateMission
from ...models.mission_view import MissionView
from ...types import UNSET, Unset


def _get_kwargs(
    *,
    body: CreateMission,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/missions",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> MissionView:
    response_201 = MissionView.from_dict(response.json())

    return response_201


def sync(
    client: Outrider,
    *,
    body: CreateMission,
    idempotency_key: str | Unset = UNSET,
) -> MissionView:
    """Create a mission.

    Start, waypoints and goals are nodes, positions (taken to the nearest segment; the answer says how far that
    was) or places on segments. The first plan follows at once, on the stream and under `plan`.

    Needs the role operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                body=body,
                idempotency_key=idempotency_key,
            )
        )
    )


async def asyncio(
    client: Outrider,
    *,
    body: CreateMission,
    idempotency_key: str | Unset = UNSET,
) -> MissionView:
    """Create a mission.

    Start, waypoints and goals are nodes, positions (taken to the nearest segment; the answer says how far that
    was) or places on segments. The first plan follows at once, on the stream and under `plan`.

    Needs the role operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                body=body,
                idempotency_key=idempotency_key,
            )
        )
    )
