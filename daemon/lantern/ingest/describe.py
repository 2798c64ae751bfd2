"""Give each file that asks for work to a caption worker, and write down what became of it.

Owns the workers' turns. One picture is captioned once, however many files hold it and whenever
they come: a picture whose fingerprint is known costs no inference. Every arrow of the file's life
(`catalog.state`) starts here but `Changed`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

import anyio

from lantern import log
from lantern.caption.client import WorkerClient
from lantern.caption.protocol import Developed, Identified
from lantern.catalog.state import Delayed, Event, Lost, Refused, State
from lantern.catalog.store import PendingFile, Reading
from lantern.catalog.thumbnails import PREVIEW, THUMBNAIL
from lantern.errors import ConfigError, PhotoError, StateUnavailable, Unavailable, WorkerLost
from lantern.imaging.source import printable
from lantern.ingest.desk import Desk
from lantern.ingest.progress import Progress, Stopwatch
from lantern.model import Description, Fingerprint, display_path

FETCH = 64
"""Files fetched from the catalog at once."""

IDLE_S = 3600.0
WORKER_RETRY_S = 30.0


class Describer:
    """Gives files to workers. `look_again` asks for a look at a folder that is still changing."""

    def __init__(self, desk: Desk, look_again: Callable[[bytes], object]) -> None:
        self._desk = desk
        self._look_again = look_again
        self._fetching = anyio.Lock()
        self._waiting: list[PendingFile] = []
        self._in_hand: set[int] = set()
        self._developing: dict[Fingerprint, anyio.Event] = {}
        self.progress = Progress()
        self.unfit: str | None = None
        """Why workers do not even start, or None."""

    async def run(self, worker: WorkerClient) -> None:
        """Work with `worker`, beside any number of others, until cancelled."""
        while True:
            if await self._start(worker):
                file = await self._next()
                try:
                    await self.describe(worker, file)
                except StateUnavailable as error:
                    await self._desk.state_fault(error)
                finally:
                    self._in_hand.discard(file.id)
                    # The one who waits for work may have passed over this file while it was in
                    # hand, or must learn when it is to be tried again.
                    self._desk.arrived.give()

    async def describe(self, worker: WorkerClient, file: PendingFile) -> None:
        """Describe one file; whatever its fate, it is written down.

        Raises:
            StateUnavailable: it cannot be written down; the file still asks for work.
        """
        try:
            await self._describe(worker, file)
        except PhotoError as error:
            await self._happened(file, Refused(_without_name(error, file)))
        except WorkerLost as error:
            await self._happened(file, Lost(str(error)))
        except StateUnavailable:
            raise
        except Unavailable as error:
            await self._happened(file, Delayed(_without_name(error, file)))
        except ConfigError as error:
            # A new worker, started in a dead one's place, says that it cannot work. The file still
            # asks for work; the next start tells.
            log.error("worker unfit", reason=str(error))

    @property
    def idle(self) -> bool:
        """Tell whether no file is in a worker's hand."""
        return not self._in_hand

    async def _start(self, worker: WorkerClient) -> bool:
        """Start the worker, so that its failing to start is blamed on no photo."""
        try:
            await worker.start()
        except (ConfigError, WorkerLost) as error:
            self.unfit = str(error)
            self._desk.noticeboard.post("worker", f"caption worker: {error}")
            await anyio.sleep(WORKER_RETRY_S)
            return False
        self.unfit = None
        self._desk.noticeboard.clear("worker")
        return True

    async def _next(self) -> PendingFile:
        async with self._fetching:
            while not self._waiting:
                now = time.time()
                pending = await self._desk.writer(
                    self._desk.catalog.pending, now, FETCH + len(self._in_hand)
                )
                self._waiting = [file for file in pending if file.id not in self._in_hand][::-1]
                if not self._waiting:
                    self._desk.idle.give()
                    await self._desk.arrived.wait(await self._until_retry(now))
            file = self._waiting.pop()
            self._in_hand.add(file.id)
            return file

    async def _until_retry(self, now: float) -> float:
        retry = await self._desk.writer(self._desk.catalog.next_retry)
        # A file in hand is due already; its worker will have written down its fate by then.
        return IDLE_S if retry is None else max(0.5, retry - now)

    async def _describe(self, worker: WorkerClient, file: PendingFile) -> None:
        watch = Stopwatch()
        identified = await worker.identify(file.path)
        watch.lap("identify")
        if (identified.size, identified.mtime_ns) != (file.size, file.mtime_ns):
            self._look_again(os.path.dirname(file.path))
            raise Unavailable("changed since it was found; described when it rests")
        while (other := self._developing.get(identified.fingerprint)) is not None:
            await other.wait()
        done = self._developing[identified.fingerprint] = anyio.Event()
        try:
            known, has_thumbnail = await self._desk.writer(self._known, identified.fingerprint)
            watch.lap("look up")
            developed = await worker.develop(caption=not known, thumbnail=not has_thumbnail)
            watch.lap("develop")
            await self._desk.writer(self._store, file, identified, developed)
            self._desk.state_written()
            watch.lap("store")
        finally:
            del self._developing[identified.fingerprint]
            done.set()
        self._desk.revised.give()
        self._tell(file, developed.description, watch.laps_ms | developed.stages_ms)

    def _known(self, fingerprint: Fingerprint) -> tuple[bool, bool]:
        known = self._desk.catalog.read.by_fingerprint(fingerprint) is not None
        return known, self._desk.thumbnails.has(fingerprint)

    def _store(self, file: PendingFile, identified: Identified, developed: Developed) -> None:
        """Put the disposable part in first: whatever flush follows the photo covers it."""
        for kind, image in ((THUMBNAIL, developed.thumbnail), (PREVIEW, developed.preview)):
            if image is not None:
                self._desk.thumbnails.put(identified.fingerprint, kind, image)
        reading = Reading(
            fingerprint=identified.fingerprint,
            format=identified.format,
            metadata=developed.metadata,
            remark=identified.remark,
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
        self, file: PendingFile, description: Description | None, stages_ms: Mapping[str, float]
    ) -> None:
        photo = display_path(file.path)
        sentence = description.caption.sentence if description else None
        self.progress.described(photo, sentence, stages_ms, time.monotonic())
        log.debug("photo described", photo=photo, sentence=sentence)


def _without_name(error: Exception, file: PendingFile) -> str:
    """Return the reason alone: it is kept beside the file's name."""
    return str(error).removeprefix(f"{printable(file.path)}: ")
