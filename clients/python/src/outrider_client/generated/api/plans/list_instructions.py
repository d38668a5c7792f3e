from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.instructions_view import InstructionsView
from ...models.list_instructions_part import ListInstructionsPart
from ...types import UNSET, Unset


def _get_kwargs(
    mission_id: UUID,
    *,
    part: ListInstructionsPart | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_part: str | Unset = UNSET
    if not isinstance(part, Unset):
        json_part = part

    params["part"] = json_part

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/plan/instructions".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> InstructionsView:
    response_200 = InstructionsView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    part: ListInstructionsPart | Unset = UNSET,
) -> InstructionsView:
    """Get turn-by-turn instructions.

    The current plan's route in words: where to set out, where to turn and onto which road, and where to arrive,
    each with its position, the directions before and after, and how far and how long it is. Roads of the same
    name that go on are one stretch, and bends of a road without a choice are no turns. Waypoints are told where
    the route comes by them. A turn is the angle between the directions of travel over up to 20 m before and after
    the junction: straight on up to 20 degrees, slight up to 50, sharp from 120, turning round from 170. Networks
    do not say what is a roundabout, so one is told as the turns it consists of. Without a route there are none.

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
                part=part,
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
    *,
    part: ListInstructionsPart | Unset = UNSET,
) -> InstructionsView:
    """Get turn-by-turn instructions.

    The current plan's route in words: where to set out, where to turn and onto which road, and where to arrive,
    each with its position, the directions before and after, and how far and how long it is. Roads of the same
    name that go on are one stretch, and bends of a road without a choice are no turns. Waypoints are told where
    the route comes by them. A turn is the angle between the directions of travel over up to 20 m before and after
    the junction: straight on up to 20 degrees, slight up to 50, sharp from 120, turning round from 170. Networks
    do not say what is a roundabout, so one is told as the turns it consists of. Without a route there are none.

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
                part=part,
            )
        )
    )
