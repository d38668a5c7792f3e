from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.knowledge_view import KnowledgeView


def _get_kwargs(
    mission_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/knowledge".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> KnowledgeView:
    response_200 = KnowledgeView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
) -> KnowledgeView:
    """Get the knowledge.

    What is known of each segment, by whom and since when, and the closings in force. As GeoJSON each segment is a
    LineString with `state`, `since`, `until` (when closings end by themselves), `said_by`, `confidence` and
    `blockage_probability`.

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
            )
        )
    )


async def asyncio(
    client: Outrider,
    mission_id: UUID,
) -> KnowledgeView:
    """Get the knowledge.

    What is known of each segment, by whom and since when, and the closings in force. As GeoJSON each segment is a
    LineString with `state`, `since`, `until` (when closings end by themselves), `said_by`, `confidence` and
    `blockage_probability`.

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
            )
        )
    )
