"""Send what changed in the catalog to the search index: the outbox.

A photo waits there while its revision is ahead of the one that the index took. Commits cost a
fixed amount, so photos are gathered for thirty times as long as the last commit took, unless there
is a whole batch, or no more are coming.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from lantern import log
from lantern.catalog.records import PhotoRecord
from lantern.errors import StateUnavailable, Unavailable
from lantern.heartbeat import SLOW_S, beat
from lantern.ingest.desk import Desk
from lantern.search.document import Document, document
from lantern.search.port import SearchIndex
from lantern.supervise import OneThread
from lantern.waiting import pause

BATCH = 500
SHORTEST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
RETRY_S = 5.0


class Sent(NamedTuple):
    """One batch that the index took; `took_s` is the commit's time in seconds."""

    photos: int
    took_s: float


class Publisher:
    """Keeps `index` up to the catalog."""

    def __init__(self, desk: Desk, index: SearchIndex) -> None:
        self._desk = desk
        self._index = index
        self._indexing = OneThread()

    async def run(self) -> None:
        """Publish whenever the outbox holds something."""
        while True:
            beat(SLOW_S)
            try:
                sent = await self.publish()
            except StateUnavailable as error:
                await self._desk.state_fault(error)
                continue
            except Unavailable as error:
                self._desk.noticeboard.post("index", f"search index: {error}")
                await pause(RETRY_S)
                continue
            self._desk.noticeboard.clear("index")
            if sent is None:
                await self._desk.revised.wait()
            elif sent.photos < BATCH:
                wait_s = min(max(30 * sent.took_s, SHORTEST_WAIT_S), LONGEST_WAIT_S)
                await self._desk.idle.wait(wait_s)

    async def publish(self) -> Sent | None:
        """Send one batch of up to `BATCH` photos; return what it was, or None for none."""
        generation = await self._indexing(self._index.generation)
        if await self._desk.writer(self._desk.catalog.index) != generation:
            await self._begin_anew()
        records = await self._desk.writer(self._desk.catalog.read.outbox, BATCH)
        if not records:
            return None
        await self._desk.writer(self._desk.thumbnails.flush)  # whoever is found can be shown
        start = time.perf_counter()
        await self._indexing(self._apply, records)
        took_s = time.perf_counter() - start
        await self._desk.writer(self._desk.catalog.indexed, [(r.id, r.revision) for r in records])
        self._desk.state_written()
        self._desk.indexed.give()
        log.debug("photos indexed", count=len(records), took_ms=round(took_s * 1e3))
        return Sent(len(records), took_s)

    async def _begin_anew(self) -> None:
        """Send everything to an index that this catalog never met.

        It is emptied first: it may hold another catalog's photos under the same ids.
        """
        await self._indexing(self._index.clear)
        generation = await self._indexing(self._index.generation)
        await self._desk.writer(self._desk.catalog.index_is, generation)
        log.info("index is new, all photos are sent again", generation=generation)

    def _apply(self, records: Sequence[PhotoRecord]) -> None:
        present = [as_document(record) for record in records if record.findable]
        self._index.apply(present, [record.id for record in records if not record.findable])


def as_document(record: PhotoRecord) -> Document:
    """Return what search is told of a photo: a sentence that a person corrected is not."""
    return document(
        record.id,
        caption=None if record.correction else record.caption,
        tags=record.tags,
        metadata=record.metadata,
        file_date=record.file_date,
        human_caption=record.human_caption,
        paths=[file.path for file in record.files],
        formats=[file.format for file in record.files],
    )
