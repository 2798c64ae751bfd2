"""Have a caption worker describe a file, and write down what became of it.

One picture is captioned once, however many files hold it and whenever they come: a picture whose
fingerprint is known, or whose file carries what Lantern said of it, costs no inference. Every arrow
of the file's life (`catalog.state`) starts here but `Changed`. `turns` gives the files.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import anyio

from lantern import log
from lantern.caption.client import WorkerClient
from lantern.caption.protocol import Developed, Identified
from lantern.catalog.state import Delayed, Event, Lost, Refused, State
from lantern.catalog.store import PendingFile, Reading
from lantern.catalog.thumbnails import PREVIEW, THUMBNAIL
from lantern.errors import ConfigError, PhotoError, StateUnavailable, Unavailable, WorkerLost
from lantern.ingest.desk import Desk, without_name
from lantern.ingest.progress import Progress, Stopwatch
from lantern.ingest.story import Story
from lantern.model import Description, Fingerprint, display_path


class _Needs(NamedTuple):
    """What a picture lacks; `afresh` tells that the model is asked whatever the file carries."""

    caption: bool
    afresh: bool
    thumbnail: bool


class Describer:
    """Describes files. `look_again` asks for a look at a folder that is still changing."""

    def __init__(self, desk: Desk, look_again: Callable[[bytes], object]) -> None:
        self._desk = desk
        self._look_again = look_again
        self._developing: dict[Fingerprint, anyio.Event] = {}
        self._story = Story()
        self.progress = Progress()

    async def describe(self, worker: WorkerClient, file: PendingFile) -> None:
        """Describe one file; whatever its fate, it is written down.

        Raises:
            StateUnavailable: it cannot be written down; the file still asks for work.
        """
        try:
            await self._describe(worker, file)
        except PhotoError as error:
            await self._happened(file, Refused(without_name(error, file.path)))
        except WorkerLost as error:
            await self._happened(file, Lost(str(error)))
        except StateUnavailable:
            raise
        except Unavailable as error:
            await self._happened(file, Delayed(without_name(error, file.path)))
        except ConfigError as error:
            # A new worker, started in a dead one's place, says that it cannot work. The file still
            # asks for work; the next start tells.
            log.error("worker unfit", reason=str(error))

    async def _describe(self, worker: WorkerClient, file: PendingFile) -> None:
        watch = Stopwatch()
        identified = await worker.identify(file.path)
        watch.lap("identify")
        if _differs(identified, file):
            self._look_again(os.path.dirname(file.path))
            raise Unavailable("changed since it was found; described when it rests")
        while (other := self._developing.get(identified.fingerprint)) is not None:
            await other.wait()
        done = self._developing[identified.fingerprint] = anyio.Event()
        try:
            needs = await self._desk.writer(self._needs, identified.fingerprint)
            watch.lap("look up")
            developed = await worker.develop(
                caption=needs.caption, thumbnail=needs.thumbnail, afresh=needs.afresh
            )
            watch.lap("develop")
            await self._desk.writer(self._store, file, identified, developed)
            self._desk.state_written()
            watch.lap("store")
        finally:
            del self._developing[identified.fingerprint]
            done.set()
        self._desk.revised.give()
        inferred = needs.afresh or developed.imprint is None
        self._tell(
            file, developed.description, watch.laps_ms | developed.stages_ms, inferred=inferred
        )

    def _needs(self, fingerprint: Fingerprint) -> _Needs:
        known = self._desk.catalog.read.by_fingerprint(fingerprint) is not None
        described = known and self._desk.catalog.is_described(fingerprint)
        return _Needs(
            caption=not described,
            afresh=known and not described,
            thumbnail=not self._desk.thumbnails.has(fingerprint),
        )

    def _store(self, file: PendingFile, identified: Identified, developed: Developed) -> None:
        """Put the disposable part in first: whatever flush follows the photo covers it."""
        for kind, image in ((THUMBNAIL, developed.thumbnail), (PREVIEW, developed.preview)):
            if image is not None:
                self._desk.thumbnails.put(identified.fingerprint, kind, image)
        if developed.thumbnail is None and not self._desk.thumbnails.has(identified.fingerprint):
            self._desk.thumbnails.has_lost = True  # it was there a moment ago; the disk refused it
        reading = Reading(
            fingerprint=identified.fingerprint,
            format=identified.format,
            metadata=developed.metadata,
            remark=identified.remark,
            imprint=developed.imprint,
            sidecar=identified.sidecar,
            sharpness=developed.sharpness,
        )
        self._desk.catalog.described(file, reading, developed.description, time.time())

    async def _happened(self, file: PendingFile, event: Event) -> None:
        life = await self._desk.writer(self._desk.catalog.happened, file, event, time.time())
        log.warning(
            "photo not described",
            photo=display_path(file.path),
            state=life.state,
            reason=life.reason,
        )
        if life.state is State.FAILED:
            self.progress.failed(time.monotonic())
            self._desk.revised.give()

    def _tell(
        self,
        file: PendingFile,
        description: Description | None,
        stages_ms: Mapping[str, float],
        *,
        inferred: bool,
    ) -> None:
        photo = display_path(file.path)
        sentence = description.caption.sentence if description else None
        new = sentence if inferred else None
        self.progress.described(photo, new, stages_ms, time.monotonic())
        now = time.monotonic()
        tell = log.info if self._story.described(now, inferred=new is not None) else log.debug
        tell("photo described", photo=photo, sentence=sentence, inferred=new is not None)
        self.add_up(idle=False)

    def add_up(self, *, idle: bool) -> None:
        """Tell how many photos were described without being named; `idle`: none waits now."""
        if told := self._story.added_up(time.monotonic(), idle=idle):
            log.info(
                "photos described",
                count=told.count,
                inferred=told.inferred,
                took_s=round(told.took_s),
            )


def _differs(identified: Identified, file: PendingFile) -> bool:
    found = identified.size, identified.mtime_ns, identified.sidecar
    return found != (file.size, file.mtime_ns, file.sidecar)
