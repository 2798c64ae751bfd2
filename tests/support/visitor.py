"""A visitor who asks an ASGI application in this process, without a socket."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
from starlette.types import ASGIApp


class Visitor:
    """Asks `app` under the name "localhost" unless a request says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def request(self, method: str, address: str, **options: Any) -> httpx.Response:
        """Return the answer to one request; a fault of the application is its answer 500."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(method, "http://localhost" + address, **options)

        return anyio.run(ask)

    def get(self, address: str, **options: Any) -> httpx.Response:
        """Return the answer to GET `address`."""
        return self.request("GET", address, **options)
