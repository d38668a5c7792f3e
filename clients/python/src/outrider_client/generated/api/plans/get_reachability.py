from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.geo_json import GeoJson
from ...models.get_reachability_unknown import GetReachabilityUnknown
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    within_s: list[float],
    unknown: GetReachabilityUnknown | Unset = UNSET,
    areas: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_within_s = within_s

    params["within_s"] = json_within_s

    json_unknown: str | Unset = UNSET
    if not isinstance(unknown, Unset):
        json_unknown = unknown

    params["unknown"] = json_unknown

    params["areas"] = areas

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/reachability".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": {
            name: ",".join(str(item) for item in value) if isinstance(value, list) else value
            for name, value in params.items()
        },
    }

    return _kwargs


def _read(response: httpx.Response) -> GeoJson:
    response_200 = GeoJson.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    within_s: list[float],
    unknown: GetReachabilityUnknown | Unset = UNSET,
    areas: bool | Unset = UNSET,
) -> GeoJson:
    """Find what the UGV can reach.

    The roads that the UGV can reach within the given times from where it is, over roads not known to be blocked,
    at its own speed, as GeoJSON. For each time there is a feature with `role` `roads`: a MultiLineString of what
    is reached between the time before (`after_s`) and this one (`within_s`), cut where the time ends, with
    `length_m` and how much of it nothing is known of (`unknown_m`). With it goes one with `role` `area`: a
    MultiPolygon of the ground within `buffer_m` of a road that is reached within the time, as far as no road that
    is not reached is nearer. So it claims no far bank of a river and no quarter behind a closure; its border is
    right to less than `cell_m`. A Point with `role` `start` is where the UGV is.

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
                within_s=within_s,
                unknown=unknown,
                areas=areas,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    within_s: list[float],
    unknown: GetReachabilityUnknown | Unset = UNSET,
    areas: bool | Unset = UNSET,
) -> GeoJson:
    """Find what the UGV can reach.

    The roads that the UGV can reach within the given times from where it is, over roads not known to be blocked,
    at its own speed, as GeoJSON. For each time there is a feature with `role` `roads`: a MultiLineString of what
    is reached between the time before (`after_s`) and this one (`within_s`), cut where the time ends, with
    `length_m` and how much of it nothing is known of (`unknown_m`). With it goes one with `role` `area`: a
    MultiPolygon of the ground within `buffer_m` of a road that is reached within the time, as far as no road that
    is not reached is nearer. So it claims no far bank of a river and no quarter behind a closure; its border is
    right to less than `cell_m`. A Point with `role` `start` is where the UGV is.

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
                within_s=within_s,
                unknown=unknown,
                areas=areas,
            )
        )
    )
