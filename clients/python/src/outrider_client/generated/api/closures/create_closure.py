from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.closure_accepted import ClosureAccepted
from ...models.create_closure import CreateClosure


def _get_kwargs(
    mission_id: UUID,
    *,
    body: CreateClosure,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/missions/{mission_id}/closures".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> ClosureAccepted:
    response_202 = ClosureAccepted.from_dict(response.json())

    return response_202


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    body: CreateClosure,
) -> ClosureAccepted:
    """Close or reopen segments.

    One atomic change of a list of segments or of an area, and one replan. A closing holds, whatever is reported,
    until it is lifted by a reopening or its expiry; expiry reopens by itself, within about a second.

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
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    body: CreateClosure,
) -> ClosureAccepted:
    """Close or reopen segments.

    One atomic change of a list of segments or of an area, and one replan. A closing holds, whatever is reported,
    until it is lifted by a reopening or its expiry; expiry reopens by itself, within about a second.

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
            )
        )
    )
