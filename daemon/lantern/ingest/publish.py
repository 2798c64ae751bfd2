"""Send what changed in the catalog to the search index: the outbox.

A photo waits there while its revision is ahead of the one that the index took. Commits cost a
fixed amount, so photos are gathered for thirty times as long as the last commit took, unless there
is a whole batch, or no more are coming.

When nothing came for a while, and the index lies in many files, all photos are written into a new
one of few. It is given up when something comes: a photo is to be found within a second.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import anyio

from lantern import log
from lantern.catalog.records import PhotoRecord
from lantern.errors import StateUnavailable, Unavailable
from lantern.heartbeat import SLOW_S, beat
from lantern.ingest.desk import Desk
from lantern.model import PhotoId
from lantern.search.document import Document, document
from lantern.search.port import Compaction, LocalIndex
from lantern.supervise import OneThread
from lantern.waiting import pause

BATCH = 500
SHORTEST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
RETRY_S = 5.0

QUIET_S = 600.0
"""So long nothing has to come before all is written anew: 320 bytes a photo on the disk. Twice as
long after each time that it was given up: what is written for nothing stays little."""


class Sent(NamedTuple):
    """One batch that the index took; `took_s` is the commit's time in seconds."""

    photos: int
    took_s: float


class Publisher:
    """Keeps `index` up to the catalog."""

    def __init__(self, desk: Desk, index: LocalIndex) -> None:
        self._desk = desk
        self._index = index
        self._indexing = OneThread()
        self._quiet_s = QUIET_S

    async def run(self) -> None:
        """Publish whenever the outbox holds something."""
        while True:
            beat(SLOW_S)
            try:
                sent = await self.publish()
                self._desk.noticeboard.clear("index")
                if sent is None:
                    await self._rest()
            except StateUnavailable as error:
                await self._desk.state_fault(error)
                continue
            except Unavailable as error:
                self._desk.noticeboard.post("index", f"search index: {error}")
                await pause(RETRY_S)
                continue
            if sent and sent.photos < BATCH:
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

    async def compact(self) -> bool:
        """Write the index anew if it lies in many files; return whether it was.

        It is not if something comes meanwhile. What comes while the last is written waits for it.
        """
        if not await self._indexing(self._index.is_scattered):
            return False
        start = time.perf_counter()
        fresh = await self._indexing(self._index.compaction)
        try:
            if not await self._has_all(fresh):
                self._quiet_s *= 2
                return False
            await self._indexing(fresh.finish)
        finally:
            with anyio.CancelScope(shield=True):
                await self._indexing(fresh.drop)
        self._quiet_s = QUIET_S
        log.info("index compacted", took_ms=round((time.perf_counter() - start) * 1e3))
        return True

    async def _has_all(self, fresh: Compaction) -> bool:
        """Have `fresh` take every photo; return False if something came meanwhile."""
        last = PhotoId(0)
        while ids := await self._desk.writer(self._desk.catalog.read.after, last, BATCH):
            beat(SLOW_S)
            if await self._desk.writer(self._desk.catalog.read.outbox, 1):
                return False
            records = await self._desk.writer(self._desk.catalog.read.photos, ids)
            await self._indexing(fresh.add, _documents(records))
            last = ids[-1]
        beat(SLOW_S)
        return True

    async def _rest(self) -> None:
        """Wait until something is to be sent, and compact what is there if that takes long."""
        quiet_at = time.monotonic() + self._quiet_s
        await self._desk.revised.wait(self._quiet_s)
        if time.monotonic() >= quiet_at:
            await self.compact()

    async def _begin_anew(self) -> None:
        """Send everything to an index that this catalog never met.

        It is emptied first: it may hold another catalog's photos under the same ids.
        """
        await self._indexing(self._index.clear)
        generation = await self._indexing(self._index.generation)
        await self._desk.writer(self._desk.catalog.index_is, generation)
        log.info("index is new, all photos are sent again", generation=generation)

    def _apply(self, records: Sequence[PhotoRecord]) -> None:
        self._index.apply(
            _documents(records), [record.id for record in records if not record.findable]
        )


def _documents(records: Sequence[PhotoRecord]) -> list[Document]:
    return [as_document(record) for record in records if record.findable]


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
