from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.forecast_view import ForecastView
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    worlds: int | Unset = UNSET,
    critical: int | Unset = UNSET,
    strategy: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["worlds"] = worlds

    params["critical"] = critical

    params["strategy"] = strategy

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/forecast".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> ForecastView:
    response_200 = ForecastView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    worlds: int | Unset = UNSET,
    critical: int | Unset = UNSET,
    strategy: str | Unset = UNSET,
) -> ForecastView:
    """Forecast a mission.

    When the UGV arrives (p10, p50 and p90 over the worlds in which it does), whether it gets there at all, and
    the segments on which most depends: the rest of the mission is played through in worlds sampled from the
    knowledge, from where the vehicles were last known to be, with UAVs that scout as the mission's strategy would
    have them, or another one that is named: so strategies can be compared for the mission as it stands, in the
    same worlds. Each segment is blocked with its own probability, independently of others.

    Having no way is an outcome, not an error. The same state of the mission has the same forecast.

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
                worlds=worlds,
                critical=critical,
                strategy=strategy,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    worlds: int | Unset = UNSET,
    critical: int | Unset = UNSET,
    strategy: str | Unset = UNSET,
) -> ForecastView:
    """Forecast a mission.

    When the UGV arrives (p10, p50 and p90 over the worlds in which it does), whether it gets there at all, and
    the segments on which most depends: the rest of the mission is played through in worlds sampled from the
    knowledge, from where the vehicles were last known to be, with UAVs that scout as the mission's strategy would
    have them, or another one that is named: so strategies can be compared for the mission as it stands, in the
    same worlds. Each segment is blocked with its own probability, independently of others.

    Having no way is an outcome, not an error. The same state of the mission has the same forecast.

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
                worlds=worlds,
                critical=critical,
                strategy=strategy,
            )
        )
    )
