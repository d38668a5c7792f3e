from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.report_request import ReportRequest
from ...models.reports_accepted import ReportsAccepted


def _get_kwargs(
    mission_id: UUID,
    *,
    body: list[ReportRequest] | ReportRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/missions/{mission_id}/reports".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    if isinstance(body, ReportRequest):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = []
        for body_a_batch_item_data in body:
            body_a_batch_item = body_a_batch_item_data.to_dict()
            _kwargs["json"].append(body_a_batch_item)

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _read(response: httpx.Response) -> ReportsAccepted:
    response_202 = ReportsAccepted.from_dict(response.json())

    return response_202


def sync(
    client: Outrider,
    mission_id: UUID,
    *,
    body: list[ReportRequest] | ReportRequest,
) -> ReportsAccepted:
    """Report what was seen.

    One report, or an array of up to 1,000. All of them are stored, durably, or none; a new plan follows on the
    stream if they change what is known.

    Needs the role vehicle, operator or admin. A vehicle may speak for itself, in its own mission.

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
    body: list[ReportRequest] | ReportRequest,
) -> ReportsAccepted:
    """Report what was seen.

    One report, or an array of up to 1,000. All of them are stored, durably, or none; a new plan follows on the
    stream if they change what is known.

    Needs the role vehicle, operator or admin. A vehicle may speak for itself, in its own mission.

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
