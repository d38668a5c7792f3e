from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.mission_view import MissionView
from ...models.patch_mission import PatchMission
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    body: PatchMission,
    if_match: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(if_match, Unset):
        headers["If-Match"] = if_match

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/v1/missions/{mission_id}".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> MissionView:
    response_200 = MissionView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    body: PatchMission,
    if_match: str | Unset = UNSET,
) -> MissionView:
    """Change a mission.

    Changes strategy, goals, waypoints or UAVs; a new plan follows. With `If-Match`, only if nobody changed the
    mission since it was read.

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
                if_match=if_match,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    body: PatchMission,
    if_match: str | Unset = UNSET,
) -> MissionView:
    """Change a mission.

    Changes strategy, goals, waypoints or UAVs; a new plan follows. With `If-Match`, only if nobody changed the
    mission since it was read.

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
                if_match=if_match,
            )
        )
    )
