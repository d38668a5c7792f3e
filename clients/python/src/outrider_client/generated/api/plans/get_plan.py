from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.plan_view_already_there import PlanViewAlreadyThere
from ...models.plan_view_budget_spent import PlanViewBudgetSpent
from ...models.plan_view_no_way import PlanViewNoWay
from ...models.plan_view_route import PlanViewRoute


def _get_kwargs(
    mission_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/missions/{mission_id}/plan".format(
            mission_id=quote(str(mission_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute:
    def _parse_response_200(data: object) -> PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute:
        try:
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_plan_view_type_0 = PlanViewRoute.from_dict(data)

            return componentsschemas_plan_view_type_0
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
        try:
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_plan_view_type_1 = PlanViewAlreadyThere.from_dict(data)

            return componentsschemas_plan_view_type_1
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
        try:
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_plan_view_type_2 = PlanViewNoWay.from_dict(data)

            return componentsschemas_plan_view_type_2
        except (TypeError, ValueError, AttributeError, KeyError):
            pass
        if not isinstance(data, dict):
            raise TypeError()
        componentsschemas_plan_view_type_3 = PlanViewBudgetSpent.from_dict(data)

        return componentsschemas_plan_view_type_3

    response_200 = _parse_response_200(response.json())

    return response_200


def sync(
    client: Outrider,
    mission_id: UUID,
) -> PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute:
    """Get the current plan.

    The UGV's route, the UAVs' tasking and what they were planned from; as JSON, or for other programs as GeoJSON
    (route, what is left of it, inspections), GPX 1.1, KML 2.2, or CSV with the columns `vehicle`, `step`, `kind`,
    `segment`, `name`, `direction`, `from_m`, `to_m`, `length_m`, `begins_s`, `ends_s`, `start_lon`, `start_lat`,
    `end_lon`, `end_lat`, `wkt`.

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
) -> PlanViewAlreadyThere | PlanViewBudgetSpent | PlanViewNoWay | PlanViewRoute:
    """Get the current plan.

    The UGV's route, the UAVs' tasking and what they were planned from; as JSON, or for other programs as GeoJSON
    (route, what is left of it, inspections), GPX 1.1, KML 2.2, or CSV with the columns `vehicle`, `step`, `kind`,
    `segment`, `name`, `direction`, `from_m`, `to_m`, `length_m`, `begins_s`, `ends_s`, `start_lon`, `start_lat`,
    `end_lon`, `end_lat`, `wkt`.

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
