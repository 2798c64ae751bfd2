"""News for pages that are open: server-sent events, each the newest state of something.

GET /api/events tells the event "status", the JSON of /api/status; with ?report=1 it tells the event
"report" instead, the JSON of what the status page shows. Each comes at once and whenever it has
changed. [WHATWG HTML, "Server-sent events"]

Nothing is asked while nobody listens, and of many listeners one asks for all. What a listener is
too slow to take is not kept for it: it gets the newest.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lantern.errors import Unavailable

LOOK_S = 1.0
"""Between two looks for something new."""

LONGEST_PAUSE_S = 10.0
PAUSE_FACTOR = 20
"""A look that took long is followed by as many times its time, so that looking costs little."""

KEEP_ALIVE_S = 15.0
"""So often a comment is sent, that proxies do not hang up and visitors who are gone are noticed."""

PATIENCE_S = 20.0
"""A listener that takes nothing for so long is dropped."""

RETRY_MS = 3000
"""So long a browser waits before it asks again where a stream ended."""

MOST_LISTENERS = 400
"""Each holds one of `crowd.MOST`; a browser asks for one a page that is looked at."""

SPREAD_S = 0.005
"""For each listener: whoever hears news asks for photos next, and not all may do so at once."""


class Feed:
    """The newest answer to one question, for any number of listeners within one event loop."""

    def __init__(
        self, event: str, question: Callable[[], Awaitable[bytes]], every_s: float = LOOK_S
    ) -> None:
        self.event = event
        self.listeners = 0
        self._question = question
        self._every_s = self._pause_s = every_s
        self._newest: bytes | None = None
        self._asked_at = 0.0
        self._asking = False
        self._changed = anyio.Event()
        self._over = anyio.Event()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Count a listener. What the last one heard is forgotten with it: it would grow old."""
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1
            if not self.listeners:
                self._newest, self._asked_at = None, 0.0

    async def after(self, known: bytes | None) -> bytes | None:
        """Return the newest answer as soon as it is not `known`; None once the feed is over."""
        while not self._over.is_set() and self._newest in (None, known):
            if self._asking:
                await self._changed.wait()
            else:
                await self._ask()
        return None if self._over.is_set() else self._newest

    def end(self) -> None:
        """Send all listeners away, for good."""
        self._over.set()
        self._wake()

    async def _ask(self) -> None:
        """Ask for all, when it is time. Another listener takes over from one that leaves."""
        self._asking, before, same = True, self._newest, False
        try:
            with anyio.move_on_after(self._asked_at + self._pause_s - anyio.current_time()):
                await self._over.wait()
            self._asked_at = anyio.current_time()
            with contextlib.suppress(Unavailable):  # a search tells it; here, nothing is new
                self._newest = await self._question()
            took_s = anyio.current_time() - self._asked_at
            self._pause_s = max(self._every_s, min(PAUSE_FACTOR * took_s, LONGEST_PAUSE_S))
            same = self._newest == before
        finally:
            self._asking = False
            if not same:
                self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, anyio.Event()
        changed.set()


class EventStream(Response):
    """Tells one listener what `feed` has, until it leaves or is too slow, or the feed is over.

    After `longest_s`, if any, it ends, too: a browser asks again, and is looked at again.
    """

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, longest_s: float | None = None) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._feed = feed
        self._longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; it ends as an answer should, so that a server may stop in peace."""
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        if scope["method"] == "GET":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_until_gone, receive, tasks.cancel_scope)
                with self._feed.listening(), anyio.move_on_after(self._longest_s):
                    await self._tell(send)
                tasks.cancel_scope.cancel()
        with anyio.move_on_after(1.0):  # who took nothing does not take this either
            await send({"type": "http.response.body", "body": b""})

    async def _tell(self, send: Send) -> None:
        known: bytes | None = None
        text = f"retry: {RETRY_MS}\n\n".encode()
        while await _taken(send, text):
            newest = known
            with anyio.move_on_after(KEEP_ALIVE_S):
                newest = await self._feed.after(known)
                if newest is None:
                    return
            if newest == known:
                text = b": still here\n\n"
                continue
            if known is not None:
                await anyio.sleep(random.uniform(0, SPREAD_S * self._feed.listeners))  # noqa: S311
            text, known = frame(self._feed.event, newest or b""), newest


def frame(event: str, data: bytes) -> bytes:
    """Return one event; `data` is one line, as JSON is."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data)


async def _taken(send: Send, text: bytes) -> bool:
    """Send `text`; tell whether it was taken in time."""
    with anyio.move_on_after(PATIENCE_S):
        await send({"type": "http.response.body", "body": text, "more_body": True})
        return True
    return False


async def _until_gone(receive: Receive, stream: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.cancel()
