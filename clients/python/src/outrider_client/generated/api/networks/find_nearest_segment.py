from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.nearest_view import NearestView
from ...types import UNSET, Unset


def _get_kwargs(
    network_id: UUID,
    *,
    lon: float,
    lat: float,
    heading_deg: float | Unset = UNSET,
    heading_tolerance_deg: float | Unset = UNSET,
    limit_m: float | Unset = UNSET,
    count: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["lon"] = lon

    params["lat"] = lat

    params["heading_deg"] = heading_deg

    params["heading_tolerance_deg"] = heading_tolerance_deg

    params["limit_m"] = limit_m

    params["count"] = count

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/networks/{network_id}/nearest".format(
            network_id=quote(str(network_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> NearestView:
    response_200 = NearestView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    network_id: UUID,
    *,
    lon: float,
    lat: float,
    heading_deg: float | Unset = UNSET,
    heading_tolerance_deg: float | Unset = UNSET,
    limit_m: float | Unset = UNSET,
    count: int | Unset = UNSET,
) -> NearestView:
    """Find the nearest segments.

    Takes a position to the nearest place on the network, preferring roads that run along the heading. With
    `count` also to the nearest places of the next segments. Ties go to the nearer place, then to the lower
    segment id.

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
                lon=lon,
                lat=lat,
                heading_deg=heading_deg,
                heading_tolerance_deg=heading_tolerance_deg,
                limit_m=limit_m,
                count=count,
            )
        )
    )


async def asyncio(
    client: Outrider,
    network_id: UUID,
    *,
    lon: float,
    lat: float,
    heading_deg: float | Unset = UNSET,
    heading_tolerance_deg: float | Unset = UNSET,
    limit_m: float | Unset = UNSET,
    count: int | Unset = UNSET,
) -> NearestView:
    """Find the nearest segments.

    Takes a position to the nearest place on the network, preferring roads that run along the heading. With
    `count` also to the nearest places of the next segments. Ties go to the nearer place, then to the lower
    segment id.

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
                lon=lon,
                lat=lat,
                heading_deg=heading_deg,
                heading_tolerance_deg=heading_tolerance_deg,
                limit_m=limit_m,
                count=count,
            )
        )
    )
