"""A visitor who keeps listening to a stream of events of an ASGI application, without a socket."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
from starlette.types import ASGIApp, Message

PATIENCE_S = 20.0


class Listener:
    """One GET of an event stream; nothing is taken while `slow` is not set."""

    def __init__(self, address: str, state: dict[str, Any] | None = None) -> None:
        path, _, query = address.partition("?")
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
            "state": dict(state or {}),
        }
        self.started: Message = {}
        self.slow = anyio.Event()
        self.slow.set()
        self._sent, self._texts = anyio.create_memory_object_stream[bytes](1000)
        self._leave = anyio.Event()
        self._ended = anyio.Event()

    @contextlib.asynccontextmanager
    async def listening(self, app: ASGIApp) -> AsyncIterator[Listener]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(app, self.scope, self._receive, self._send)
            yield self
            self.leave()
            with anyio.fail_after(PATIENCE_S):
                await self.end()

    def leave(self) -> None:
        self._leave.set()

    async def end(self) -> None:
        """Return when the answer has ended."""
        await self._ended.wait()

    async def text(self) -> bytes:
        """Return what was sent next."""
        with anyio.fail_after(PATIENCE_S):
            return await self._texts.receive()

    async def event(self) -> tuple[str, Any]:
        """Return the next event's name and content; pass over what is none."""
        while True:
            lines = (await self.text()).decode().splitlines()
            fields = dict(line.split(": ", 1) for line in lines if line and line[0] != ":")
            if "event" in fields:
                return fields["event"], json.loads(fields["data"])

    async def _receive(self) -> Message:
        await self._leave.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = message
            return
        if message.get("body"):
            await self.slow.wait()
            await self._sent.send(message["body"])
        if not message.get("more_body", False):
            self._ended.set()
