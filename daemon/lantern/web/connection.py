"""One connection: how long it may take for what, and what is said where it cannot be read.

Beside `server`, the only module that knows the HTTP server: it narrows the server's own protocol
down. Who stays when the house is full is decided by `crowd`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from lantern.web.answers import refusal
from lantern.web.crowd import Crowd
from lantern.web.security import HEADERS, SecureHeaders

HEAD_S = 10.0
"""Seconds in which the head of a request has to be there: from the beginning of the connection,
later from its first byte."""

KEPT_S = 30
"""Seconds that a connection is kept for the next request, if there is room."""

STALLED_S = 30.0
"""A visitor who takes nothing of an answer for so long is dropped."""

MOST_HEAD = 16 * 1024
"""Bytes of a request's head: its address and its headers."""

MOST_AHEAD = 16
"""Requests that may come before an earlier one is answered. Browsers send none."""


class House(ServerState):
    """What the connections of one server share."""

    def __init__(self) -> None:
        super().__init__()
        self.crowd: Crowd[Connection] = Crowd()


class Connection(HttpToolsProtocol):
    """The server's protocol, within limits of time, size and number; `server_state` is a `House`.

    One deadline at a time is set: for the head while it waits, for the visitor to take something
    while an answer is on its way. Between two requests the server's own counts `KEPT_S`.
    """

    def __init__(
        self, config: Config, server_state: House, app_state: dict[str, Any], _loop: Any = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = server_state.crowd
        self._deadline: asyncio.TimerHandle | None = None
        self._data = b""
        self._head = 0
        self._in_head = self._in_message = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, where there is room or somebody else can leave; else turn it away, told why."""
        super().connection_made(transport)
        leaving = self._crowd.enter(self, self.client[0] if self.client else "")
        if leaving is self:
            self.app = TURNED_AWAY
        elif leaving is not None:
            leaving.drop()
        self._within(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._crowd.leave(self)
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        self._data = data
        super().data_received(data)
        self._data = b""
        if self._in_head and not self.transport.is_closing():
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.send_400_response("")
        if self._deadline is None and not self._answers():
            self._within(HEAD_S)

    def on_message_begin(self) -> None:
        """Begin the head of a request."""
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._head = 0

    def on_headers_complete(self) -> None:
        """Answer a request whose head is there."""
        self._in_head = False
        if len(self.pipeline) >= MOST_AHEAD or _length(self.url, self.headers) > MOST_HEAD:
            raise ValueError  # what the parser makes of it leads to `send_400_response`
        super().on_headers_complete()
        self._crowd.asks(self)
        if not self.flow.write_paused:  # else it still owes us to take an earlier answer
            self._in_time()

    def on_message_complete(self) -> None:
        """End a request."""
        super().on_message_complete()
        self._in_message = False

    def on_response_complete(self) -> None:
        """Wait for the next request, if the connection stays."""
        super().on_response_complete()
        if self._answers():  # a request that had come ahead
            return
        self._crowd.waits(self)
        if self.transport.is_closing():
            self._within(STALLED_S)
        elif self._in_head:
            self._within(HEAD_S)
        elif self._in_message:  # a body that nobody wanted
            self.transport.close()

    def pause_writing(self) -> None:
        """Wait for the visitor to take something."""
        super().pause_writing()
        self._within(STALLED_S)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._in_time()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that nothing was asked on for `KEPT_S`."""
        self.drop()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server's words for it
        """Tell that the request cannot be read, in the form that its path speaks, and end."""
        if self._answers() or self.transport.is_closing():  # that answer is not to be mixed up
            self.drop()
            return
        path = (self._data.split(maxsplit=2)[1:2] or [b"/"])[0].decode("latin-1")
        answer = refusal({"path": path}, 400, UNREADABLE)
        headers = [*answer.raw_headers, *HEADERS, (b"connection", b"close")]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[400] + lines + b"\r\n" + bytes(answer.body))
        self.transport.close()
        self._within(STALLED_S)

    def drop(self) -> None:
        """End at once, whatever was not taken yet."""
        self.transport.abort()

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _within(self, seconds: float) -> None:
        """Drop it in so many seconds, unless it is `_in_time`."""
        self._in_time()
        self._deadline = self.loop.call_later(seconds, self.drop)

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


UNREADABLE = (
    "this request cannot be read: expected HTTP, an address in ASCII whose other characters are "
    f"percent-encoded, and no more than {MOST_HEAD // 1024} KiB of address and headers"
)


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    answer = refusal(scope, 503, "too many visitors are here just now; try again in a moment")
    answer.headers["connection"] = "close"
    await answer(scope, receive, send)


TURNED_AWAY = SecureHeaders(_turn_away)


def _length(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)
