from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.get_tasking_altitude_reference import GetTaskingAltitudeReference
from ...models.mission_items import MissionItems
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    uav: str,
    altitude_m: float | Unset = UNSET,
    altitude_reference: GetTaskingAltitudeReference | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["uav"] = uav

    params["altitude_m"] = altitude_m

    json_altitude_reference: str | Unset = UNSET
    if not isinstance(altitude_reference, Unset):
        json_altitude_reference = altitude_reference

    params["altitude_reference"] = json_altitude_reference

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/tasking".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> MissionItems:
    response_200 = MissionItems.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    uav: str,
    altitude_m: float | Unset = UNSET,
    altitude_reference: GetTaskingAltitudeReference | Unset = UNSET,
) -> MissionItems:
    """Get a UAV's tasking for its autopilot.

    The inspections that the current plan has for the UAV, as a flight: take-off where it is, its speed, the
    segments' lines in order, return to launch. As MAVLink mission items, as a plan of QGroundControl, or as a
    waypoint list (`QGC WPL 110`), whose first row is the home position. There are no items if the plan has
    nothing for it to inspect.

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
                uav=uav,
                altitude_m=altitude_m,
                altitude_reference=altitude_reference,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    uav: str,
    altitude_m: float | Unset = UNSET,
    altitude_reference: GetTaskingAltitudeReference | Unset = UNSET,
) -> MissionItems:
    """Get a UAV's tasking for its autopilot.

    The inspections that the current plan has for the UAV, as a flight: take-off where it is, its speed, the
    segments' lines in order, return to launch. As MAVLink mission items, as a plan of QGroundControl, or as a
    waypoint list (`QGC WPL 110`), whose first row is the home position. There are no items if the plan has
    nothing for it to inspect.

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
                uav=uav,
                altitude_m=altitude_m,
                altitude_reference=altitude_reference,
            )
        )
    )
