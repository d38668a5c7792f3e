"""The connection to a service: where it is, who asks, and how long an answer may take."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx

from .generated.models.import_view import ImportView
from .generated.models.network_view import NetworkView
from .problems import ProblemError
from .uploads import Upload

Token = str | Callable[[], str] | None


class _Bearer(httpx.Auth):
    """Shows a key, or the token that is valid at the moment."""

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._token if isinstance(self._token, str) else self._token()
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


class Outrider:
    """A service. It may be used by several threads, and by a task loop; it opens connections when they are needed.

    Args:
        url: Such as `https://outrider.example.org` or `http://127.0.0.1:8080`.
        token: An API key (`outrider_…`) or a token of the identity provider; or a function that gives the one that is
            valid at the moment, which is asked before every request and every reconnection of a stream.
        ca_file: A PEM file with the authorities that the service's certificate may come from, instead of the usual
            ones.
        timeout_s: How long connecting may take, and how long there may be silence in an answer.
        headers: Sent with every request.
    """

    def __init__(
        self,
        url: str,
        token: Token = None,
        *,
        ca_file: str | Path | None = None,
        timeout_s: float = 10.0,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self._settings: dict[str, Any] = {
            "base_url": self.url,
            "auth": _Bearer(token) if token else None,
            "timeout": timeout_s,
            "headers": headers or {},
            # A stream keeps its connection, and a process may follow many missions.
            "limits": httpx.Limits(max_connections=None, max_keepalive_connections=20),
        }
        if ca_file is not None:
            self._settings["verify"] = ssl.create_default_context(cafile=str(ca_file))
        self._client: httpx.Client | None = None
        self._async_client: httpx.AsyncClient | None = None

    def http(self) -> httpx.Client:
        """The client of httpx underneath, for what this package has no call for. It raises no problem documents."""
        if self._client is None:
            self._client = httpx.Client(**self._settings)
        return self._client

    def async_http(self) -> httpx.AsyncClient:
        """The same for task loops. It belongs to the loop that first used it."""
        if self._async_client is None:
            self._async_client = httpx.AsyncClient(**self._settings)
        return self._async_client

    def request(self, method: str, url: str, **how: Any) -> httpx.Response:
        """Sends a request, once.

        Raises:
            ProblemError: When the answer is no success.
            httpx.TransportError: When there is no answer.
        """
        response = self.http().request(method, url, **how)
        if not response.is_success:
            raise ProblemError.of(response)
        return response

    async def request_async(self, method: str, url: str, **how: Any) -> httpx.Response:
        """The same for task loops."""
        response = await self.async_http().request(method, url, **how)
        if not response.is_success:
            raise ProblemError.of(response)
        return response

    def upload_network(self, upload: Upload) -> NetworkView:
        """Uploads a road network, and waits until it is imported.

        Raises:
            ProblemError: When it is no network, or the name is taken.
            httpx.TransportError: When there is no answer.
        """
        return NetworkView.from_dict(self.request(**upload.request(in_background=False)).json())

    async def upload_network_async(self, upload: Upload) -> NetworkView:
        """The same for task loops."""
        return NetworkView.from_dict((await self.request_async(**upload.request(in_background=False))).json())

    def begin_import(self, upload: Upload) -> ImportView:
        """Uploads a road network, and does not wait for the import: `api.get_import` says how far it is,
        `api.cancel_import` calls it off.

        Raises:
            ProblemError: When it is not taken.
            httpx.TransportError: When there is no answer.
        """
        return ImportView.from_dict(self.request(**upload.request(in_background=True)).json())

    async def begin_import_async(self, upload: Upload) -> ImportView:
        """The same for task loops."""
        return ImportView.from_dict((await self.request_async(**upload.request(in_background=True))).json())

    def close(self) -> None:
        """Closes its connections. Streams and reporters are to be closed before."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def aclose(self) -> None:
        """The same for task loops; closes both kinds."""
        self.close()
        if self._async_client is not None:
            await self._async_client.aclose()
            self._async_client = None

    def __enter__(self) -> Outrider:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Outrider:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
