from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.geo_json import GeoJson
from ...types import UNSET, Unset


def _get_kwargs(
    network_id: UUID,
    *,
    bbox: list[float] | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_bbox: list[float] | Unset = UNSET
    if not isinstance(bbox, Unset):
        json_bbox = []
        for bbox_item_data in bbox:
            bbox_item: float
            bbox_item = bbox_item_data
            json_bbox.append(bbox_item)

    params["bbox"] = json_bbox

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/networks/{network_id}/geojson".format(
            network_id=quote(str(network_id), safe=""),
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
    network_id: UUID,
    *,
    bbox: list[float] | Unset = UNSET,
) -> GeoJson:
    """Get a network's segments as GeoJSON.

    A LineString for each segment that touches the bounding box, ordered by segment id.

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
                bbox=bbox,
            )
        )
    )


async def asyncio(
    client: Outrider,
    network_id: UUID,
    *,
    bbox: list[float] | Unset = UNSET,
) -> GeoJson:
    """Get a network's segments as GeoJSON.

    A LineString for each segment that touches the bounding box, ordered by segment id.

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
                bbox=bbox,
            )
        )
    )
