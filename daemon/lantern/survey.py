"""How the collection fares: what `lantern status` and the page tell of photos and captions.

Part of the daemon's composition: the catalog counts, `ingest` knows what is in hand.
"""

from __future__ import annotations

import time
from pathlib import Path

import lantern
from lantern.catalog.reader import CatalogReader
from lantern.catalog.summary import Counts, Tally
from lantern.control.protocol import Status
from lantern.errors import Unavailable
from lantern.ingest.describe import Describer
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.turns import Turns
from lantern.supervise import Lately, WhileUnchanged

CAPTION_HEALTH_S = 5.0
"""How old the captions' health may be in an answer: a large collection counts for milliseconds."""


class Survey:
    """Tells how it is going with the photos of the catalog in `file`, since it was made."""

    def __init__(
        self,
        file: Path,
        desk: Desk,
        reconciler: Reconciler,
        describer: Describer,
        turns: Turns,
    ) -> None:
        self._desk = desk
        self._reconciler = reconciler
        self._describer = describer
        self._turns = turns
        self._began = time.monotonic()
        reader = CatalogReader.open(file)
        self._tally = WhileUnchanged(reader.tally, reader.version)
        self._counted_last = Tally(Counts())
        self._caption_health = Lately(
            WhileUnchanged(lambda: reader.caption_health(time.time()), reader.version),
            CAPTION_HEALTH_S,
        )

    def status(self, root: str, model: str | None) -> Status:
        """Return how it is going with `root`; of a catalog that cannot be read now, as it was."""
        tally, unread = self._counted()
        counts = tally.counts
        progress = self._describer.progress
        rate = progress.rate(time.monotonic())
        pending = counts.discovered + counts.retry
        return Status(
            version=lantern.__version__,
            running=True,
            root=root,
            counts=counts,
            problems=tally.problems,
            unwritten=tally.unwritten,
            notices=self._desk.noticeboard.notices + ((unread,) if unread else ()),
            topics=self._desk.noticeboard.topics + (("state",) if unread else ()),
            # Of the clock as it is now: a Raspberry Pi wakes with a wrong one.
            since=round(time.time() - (time.monotonic() - self._began)),
            model=model,
            captioned=progress.captioned,
            rate=rate,
            left_s=pending / rate if rate else None,
            newest=progress.newest,
            stages_ms=progress.stages_ms(),
            lately_ms=progress.lately_ms(),
            captions=None if unread else self._caption_health(),
            settled=not unread and self._is_settled(tally),
        )

    def _counted(self) -> tuple[Tally, str | None]:
        """Return what the catalog holds; or held last, and why it cannot be read now."""
        try:
            self._counted_last = self._tally()
        except Unavailable as error:
            return self._counted_last, str(error)
        return self._counted_last, None

    def _is_settled(self, tally: Tally) -> bool:
        """Tell whether all that is in the photo folder is described and can be found."""
        counts = tally.counts
        return (
            self._reconciler.scans > 0
            and self._reconciler.settled
            and self._turns.idle
            and tally.untried == 0
            and counts.discovered == 0
            and counts.indexed == counts.photos
        )
