from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.alternatives_view import AlternativesView
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    k: int | Unset = UNSET,
    max_stretch: float | Unset = UNSET,
    max_sharing: float | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["k"] = k

    params["max_stretch"] = max_stretch

    params["max_sharing"] = max_sharing

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/alternatives".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> AlternativesView:
    response_200 = AlternativesView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    k: int | Unset = UNSET,
    max_stretch: float | Unset = UNSET,
    max_sharing: float | Unset = UNSET,
) -> AlternativesView:
    """Find alternative routes.

    Routes other than the current one, from where the UGV is to the goal, over roads not known to be blocked: each
    with its length and duration, by how much it is longer, how much it shares with the current route, the
    probability that it is clear, and the roads that differ. They are real alternatives and not the next shortest
    routes: each has enough of its own (`max_sharing`), no long way round (`max_stretch`), and no detour within
    that could be driven straight. Single-via paths after Abraham, Delling, Goldberg and Werneck (2013). Having no
    way, or no alternative, is an outcome, not an error.

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
                k=k,
                max_stretch=max_stretch,
                max_sharing=max_sharing,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    k: int | Unset = UNSET,
    max_stretch: float | Unset = UNSET,
    max_sharing: float | Unset = UNSET,
) -> AlternativesView:
    """Find alternative routes.

    Routes other than the current one, from where the UGV is to the goal, over roads not known to be blocked: each
    with its length and duration, by how much it is longer, how much it shares with the current route, the
    probability that it is clear, and the roads that differ. They are real alternatives and not the next shortest
    routes: each has enough of its own (`max_sharing`), no long way round (`max_stretch`), and no detour within
    that could be driven straight. Single-via paths after Abraham, Delling, Goldberg and Werneck (2013). Having no
    way, or no alternative, is an outcome, not an error.

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
                k=k,
                max_stretch=max_stretch,
                max_sharing=max_sharing,
            )
        )
    )
