import datetime
from typing import Any

import httpx

from ....client import Outrider
from ...models.audit_page import AuditPage
from ...types import UNSET, Unset


def _get_kwargs(
    *,
    principal: str | Unset = UNSET,
    tenant: str | Unset = UNSET,
    action: str | Unset = UNSET,
    object_: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    before: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["principal"] = principal

    params["tenant"] = tenant

    params["action"] = action

    params["object"] = object_

    json_since: str | Unset = UNSET
    if not isinstance(since, Unset):
        json_since = since.isoformat()
    params["since"] = json_since

    json_until: str | Unset = UNSET
    if not isinstance(until, Unset):
        json_until = until.isoformat()
    params["until"] = json_until

    params["limit"] = limit

    params["before"] = before

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/audit",
        "params": params,
    }

    return _kwargs


def _read(response: httpx.Response) -> AuditPage:
    response_200 = AuditPage.from_dict(response.json())

    return response_200


def sync(
    client: Outrider,
    *,
    principal: str | Unset = UNSET,
    tenant: str | Unset = UNSET,
    action: str | Unset = UNSET,
    object_: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    before: int | Unset = UNSET,
) -> AuditPage:
    """Read the audit log.

    Who created, changed, ended or deleted what, closed and reopened roads, or changed how the service runs;
    newest first. Reports and positions are not here: a mission's own log has every report with its reporter.

    Needs the role admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        client.request(
            **_get_kwargs(
                principal=principal,
                tenant=tenant,
                action=action,
                object_=object_,
                since=since,
                until=until,
                limit=limit,
                before=before,
            )
        )
    )


async def asyncio(
    client: Outrider,
    *,
    principal: str | Unset = UNSET,
    tenant: str | Unset = UNSET,
    action: str | Unset = UNSET,
    object_: str | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    before: int | Unset = UNSET,
) -> AuditPage:
    """Read the audit log.

    Who created, changed, ended or deleted what, closed and reopened roads, or changed how the service runs;
    newest first. Reports and positions are not here: a mission's own log has every report with its reporter.

    Needs the role admin.

    Raises:
        outrider_client.ProblemError: When the service refuses, with its problem document.
        httpx.TransportError: When it cannot be reached, or takes too long.
    """

    return _read(
        await client.request_async(
            **_get_kwargs(
                principal=principal,
                tenant=tenant,
                action=action,
                object_=object_,
                since=since,
                until=until,
                limit=limit,
                before=before,
            )
        )
    )
