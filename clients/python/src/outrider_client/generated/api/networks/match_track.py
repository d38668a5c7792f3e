from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.match_view import MatchView
from ...models.track_request import TrackRequest


def _get_kwargs(
    network_id: UUID,
    *,
    body: TrackRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/networks/{network_id}/match".format(
            network_id=quote(str(network_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> MatchView:
    response_200 = MatchView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    network_id: UUID,
    *,
    body: TrackRequest,
) -> MatchView:
    """Match a track.

    From positions in order of time, with their noise, to the roads that were driven: the most likely way over the
    network, by a hidden Markov model (Newson and Krumm 2009). Where the fixes do not connect the way has gaps.
    Nothing is stored.

    Needs the role vehicle, viewer, operator or admin. A vehicle may read its own mission, and the network that
    runs on.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                network_id=network_id,
                body=body,
            )
        )
    )


async def asyncio(
    client: Outrider,
    network_id: UUID,
    *,
    body: TrackRequest,
) -> MatchView:
    """Match a track.

    From positions in order of time, with their noise, to the roads that were driven: the most likely way over the
    network, by a hidden Markov model (Newson and Krumm 2009). Where the fixes do not connect the way has gaps.
    Nothing is stored.

    Needs the role vehicle, viewer, operator or admin. A vehicle may read its own mission, and the network that
    runs on.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                network_id=network_id,
                body=body,
            )
        )
    )
