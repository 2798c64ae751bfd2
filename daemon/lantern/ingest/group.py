"""Keep the groups of photos that look alike up to the catalog.

A photo waits while its revision is ahead of the one that was grouped; the catalog remembers, so
that a kill repeats at most a batch. A batch is one pass over everybody's features, read as they are
needed: no copy of them is kept that could go stale. Passes cost a fixed amount, so photos gather
for thirty times as long as the last one took. Who belongs together is `similar.groups`' business.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lantern import log
from lantern.catalog.similarity import Placed, SimilarityReader
from lantern.errors import StateUnavailable, Unavailable
from lantern.heartbeat import SLOW_S, beat
from lantern.ingest.desk import Desk
from lantern.model import PhotoId
from lantern.similar.groups import BURST, RULE, Moments, Shot, Standing, alike, regroup
from lantern.similar.neighbours import Float32s, blocks, cosines
from lantern.supervise import OneThread
from lantern.waiting import pause

BATCH = 512
"""To read all features costs a pass the same whatever it compares them with: of 100,000 photos, 128
at once took 1.7 ms of processor time a photo, 512 take 0.8, and 6 MB more meanwhile."""

SHORTEST_WAIT_S = 0.2
LONGEST_WAIT_S = 60.0
RETRY_S = 30.0

Ids = npt.NDArray[np.int64]

MOST_KEPT = 1000
"""Photos alike to one that are remembered in case that one becomes a leader; else looked up anew.

A camera that watches a street makes thousands of the same picture, and one leader of them all.
"""


class Batch(NamedTuple):
    """What became of one batch: (id, revision) of its photos, and whoever's leader changed."""

    photos: list[tuple[PhotoId, int]]
    leaders: dict[PhotoId, PhotoId | None]


class Grouper:
    """Keeps `photo.group_id` true. `reader` reads the catalog by a connection of its own."""

    def __init__(self, desk: Desk, reader: SimilarityReader) -> None:
        self._desk = desk
        self._reader = reader
        self._thinking = OneThread()

    async def run(self) -> None:
        """Group whenever photos wait for it."""
        while True:
            start = time.perf_counter()
            beat(SLOW_S)
            try:
                grouped = await self.group()
            except StateUnavailable as error:
                await self._desk.state_fault(error)
                continue
            except Unavailable as error:
                self._desk.noticeboard.post("groups", f"similar photos: {error}")
                await pause(RETRY_S)
                continue
            self._desk.noticeboard.clear("groups")
            took_s = time.perf_counter() - start
            if not grouped:
                await self._desk.ungrouped.wait()
            elif grouped < BATCH:
                await pause(min(max(30 * took_s, SHORTEST_WAIT_S), LONGEST_WAIT_S))

    async def group(self) -> int:
        """Group up to `BATCH` photos; return how many they were."""
        groups = self._desk.catalog.groups
        if await self._thinking(self._reader.rule) != RULE:
            await self._desk.writer(groups.begin_anew, RULE)
            log.info("all photos are grouped anew", rule=RULE)
        batch = await self._thinking(plan, self._reader, BATCH)
        if batch.photos:
            await self._desk.writer(groups.grouped, batch.photos, batch.leaders)
            self._desk.state_written()
            log.debug("photos grouped", count=len(batch.photos), changed=len(batch.leaders))
        return len(batch.photos)


def plan(reader: SimilarityReader, limit: int) -> Batch:
    """Return what is to be written so that up to `limit` waiting photos are grouped. Blocking."""
    waiting = reader.waiting(limit)
    if not waiting:
        return Batch([], {})
    here = {photo.id: photo for photo in reader.placed([photo for photo, _ in waiting])}
    featured = {row[0] for row in reader.features(list(here))}
    arriving = [_shot(photo) for photo in here.values() if photo.present and photo.id in featured]
    staying = {shot.id for shot in arriving}
    leaving = [photo for photo in here if photo not in staying]
    surroundings = _Surroundings(reader, staying, frozenset(leaving))
    return Batch(waiting, regroup(arriving, leaving, surroundings))


class _Surroundings:
    """See `similar.groups.Surroundings`."""

    def __init__(
        self, reader: SimilarityReader, arriving: Collection[PhotoId], leaving: Collection[PhotoId]
    ) -> None:
        self._reader = reader
        self._arriving = arriving
        self._leaving = leaving
        self._near: dict[PhotoId, list[Placed]] = {}
        self._many: set[PhotoId] = set()

    def followers(self, leaders: Collection[PhotoId]) -> Iterable[Standing]:
        return [self._standing(photo) for photo in self._reader.followers(list(leaders))]

    def leaders_near(self, shots: Collection[Shot]) -> Mapping[PhotoId, Sequence[Shot]]:
        self._near.update({shot.id: [] for shot in shots})
        for photo, others in self._alike(list(shots)):
            near = self._near[photo]
            near += [other for other in others if photo not in self._many or _leads(other)]
            if len(near) > MOST_KEPT:
                self._many.add(photo)
                self._near[photo] = [other for other in near if _leads(other)]
        return {
            shot.id: [_shot(other) for other in self._near[shot.id] if _leads(other)]
            for shot in shots
        }

    def all_near(self, shot: Shot) -> Iterable[Standing]:
        if shot.id not in self._many:
            return [self._standing(other) for other in self._near[shot.id]]
        return (self._standing(other) for _, others in self._alike([shot]) for other in others)

    def _standing(self, photo: Placed) -> Standing:
        placed = photo.id not in self._arriving and photo.leader is not None
        return Standing(
            shot=_shot(photo),
            leader=photo.leader if placed else None,
            leader_rank=(photo.leader_fingerprint if placed else None) or photo.fingerprint,
        )

    def _alike(self, shots: list[Shot]) -> Iterator[tuple[PhotoId, list[Placed]]]:
        """Yield (one of `shots`, some photos alike to it) until there are no others.

        Features of several lengths, of several models, are compared in as many passes.
        """
        known = {shot.id: shot for shot in shots}
        rows = sorted(self._reader.features(list(known)), key=lambda row: len(row[2]))
        for queries in blocks(rows):
            ours = Moments.of([known[PhotoId(int(photo))] for photo in queries.ids])
            vectors = queries.values * queries.scales[:, None]
            for block in blocks(self._reader.all_features()):
                yield from self._alike_in(block.ids, ours, cosines(block, vectors))

    def _alike_in(
        self, ids: Ids, ours: Moments, products: Float32s
    ) -> Iterator[tuple[PhotoId, list[Placed]]]:
        at = {
            PhotoId(int(ids[row])): int(row) for row in np.flatnonzero((products >= BURST).any(1))
        }
        others = [other for other in self._reader.placed(list(at)) if self._counts(other)]
        theirs = Moments.of([_shot(other) for other in others])
        found = alike(theirs, ours, products[[at[other.id] for other in others]])
        for column in np.flatnonzero(found.any(0)):
            photo = PhotoId(int(ours.ids[column]))
            yield photo, [others[row] for row in np.flatnonzero(found[:, column])]

    def _counts(self, photo: Placed) -> bool:
        standing = photo.leader is not None and photo.id not in self._leaving
        return standing or photo.id in self._arriving


def _shot(photo: Placed) -> Shot:
    return Shot(photo.id, photo.fingerprint, photo.model, photo.camera, photo.taken_at)


def _leads(photo: Placed) -> bool:
    return photo.leader == photo.id
