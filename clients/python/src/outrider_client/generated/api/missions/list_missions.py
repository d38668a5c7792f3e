from typing import Any
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.list_missions_status import ListMissionsStatus
from ...models.mission_list import MissionList
from ...types import UNSET, Unset


def _get_kwargs(
    *,
    status: ListMissionsStatus | Unset = UNSET,
    network_id: UUID | Unset = UNSET,
    cursor: UUID | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status

    params["status"] = json_status

    json_network_id: str | Unset = UNSET
    if not isinstance(network_id, Unset):
        json_network_id = str(network_id)
    params["network_id"] = json_network_id

    json_cursor: str | Unset = UNSET
    if not isinstance(cursor, Unset):
        json_cursor = str(cursor)
    params["cursor"] = json_cursor

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions",
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> MissionList:
    response_200 = MissionList.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    *,
    status: ListMissionsStatus | Unset = UNSET,
    network_id: UUID | Unset = UNSET,
    cursor: UUID | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> MissionList:
    """List missions.

    Newest first, page by page.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                status=status,
                network_id=network_id,
                cursor=cursor,
                limit=limit,
            )
        )
    )


async def asyncio(
    client: Outrider,
    *,
    status: ListMissionsStatus | Unset = UNSET,
    network_id: UUID | Unset = UNSET,
    cursor: UUID | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> MissionList:
    """List missions.

    Newest first, page by page.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                status=status,
                network_id=network_id,
                cursor=cursor,
                limit=limit,
            )
        )
    )
