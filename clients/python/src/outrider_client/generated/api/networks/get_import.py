from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx

from ....client import Outrider
from ...models.import_view import ImportView


def _get_kwargs(
    import_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/imports/{import_id}".format(
            import_id=quote(str(import_id), safe=""),
        ),
    }

    return _kwargs


def _read(response: httpx.Response) -> ImportView:
    response_200 = ImportView.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    import_id: UUID,
) -> ImportView:
    """Get an import.

    How far it is, from whichever replica does it.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                import_id=import_id,
            )
        )
    )


async def asyncio(
    client: Outrider,
    import_id: UUID,
) -> ImportView:
    """Get an import.

    How far it is, from whichever replica does it.

    Needs the role viewer, operator or admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                import_id=import_id,
            )
        )
    )
