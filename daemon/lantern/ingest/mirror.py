"""Keep the search server up to the catalog, behind the embedded index, which never waits for it.

The server may be down, slow, restarted, wiped or wrong: all of that is a notice and another try,
while photos wait in the catalog's outbox. A server whose index this catalog does not know is filled
out of the readers' sight; until it is whole, the page asks the embedded index.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from lantern import log
from lantern.catalog.served import Due
from lantern.errors import StateUnavailable, Unavailable
from lantern.heartbeat import SLOW_S, beat
from lantern.ingest.desk import Desk
from lantern.ingest.publish import Sent, as_document
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.port import SearchServer
from lantern.waiting import pause

BATCH = 500
"""About a megabyte: a small Pi takes it without swapping, and a rebuild goes on after a crash."""

LOOK_AGAIN_S = 30.0
"""A server that was wiped while nothing changed is noticed so soon."""

RETRY_S = 5.0
SHORTEST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Mirror:
    """Keeps `server` up to the catalog."""

    def __init__(self, desk: Desk, server: SearchServer) -> None:
        self._desk = desk
        self._server = server
        self._outbox = desk.catalog.served
        self._limiter = anyio.CapacityLimiter(1)

    async def run(self) -> None:
        """Send whenever the embedded index took something, and look at the server now and then."""
        while True:
            beat(SLOW_S)
            try:
                sent = await self.publish()
            except StateUnavailable as error:
                await self._desk.state_fault(error)
                continue
            except Unavailable as error:
                waiting = await self._desk.writer(self._outbox.waiting)
                self._desk.noticeboard.post(
                    "server", f"{error}; {waiting} photos wait, the embedded index answers"
                )
                await pause(RETRY_S)
                continue
            self._desk.noticeboard.clear("server")
            if sent is None:
                await self._desk.indexed.wait(LOOK_AGAIN_S)
            elif sent.photos < BATCH:  # a commit costs the server's disk as much as ours
                await pause(min(max(10 * sent.took_s, SHORTEST_WAIT_S), LONGEST_WAIT_S))

    async def publish(self) -> Sent | None:
        """Send one batch; return what it was, or None if the server has, and shows, everything."""
        known = await self._desk.writer(self._outbox.generation)
        if known is None or not await self._ask(self._server.resume, known):
            await self._begin_anew(known)
        due = await self._desk.writer(self._outbox.due, BATCH)
        if not due:
            await self._ask(self._server.publish)
            return None
        documents = await self._desk.writer(self._documents, due)
        start = time.perf_counter()
        there = {document.id for document in documents}
        gone = [photo for photo, _ in due if photo not in there]
        await self._ask(self._server.apply, documents, gone)
        took_s = time.perf_counter() - start
        await self._desk.writer(self._outbox.done, due)
        log.debug("photos served", count=len(due), took_ms=round(took_s * 1e3))
        return Sent(len(due), took_s)

    async def _begin_anew(self, known: str | None) -> None:
        await self._ask(self._server.rebuild, known)
        generation = await self._ask(self._server.generation)
        await self._desk.writer(self._outbox.begin, generation)
        log.info("search server is filled anew", generation=generation)

    def _documents(self, due: Sequence[Due]) -> list[Document]:
        ids: list[PhotoId] = [photo for photo, _ in due]
        return [as_document(record) for record in self._desk.catalog.read.photos(ids)]

    async def _ask(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `call` returns. A cancelled one is left alone: it may wait for a minute."""
        bound = partial(call, *args, **kwargs)
        return await anyio.to_thread.run_sync(bound, limiter=self._limiter, abandon_on_cancel=True)
