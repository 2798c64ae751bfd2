"""Have a worker write sentences into the photos, and note which file carries which.

The only service by which Lantern ever changes a photo; whether and where is the owner's policy
(`captions.write`). Owns the table `writing` (`catalog.writing`): who waits there, and why.
`turns` decides when a worker's time is given to it.
"""

from __future__ import annotations

import os
import time

from lantern import log
from lantern.caption.client import WorkerClient
from lantern.catalog.state import retry_delay
from lantern.catalog.writing import DueFile
from lantern.config import Policy
from lantern.errors import ConfigError, PhotoError, StateUnavailable, Unavailable, WorkerLost
from lantern.imaging.embed import FORMATS
from lantern.ingest.desk import Desk, without_name
from lantern.model import display_path

FETCH = 16
PATIENT_FAILURES = 3
"""So many files in a row that cannot be written now are no coincidence: the disk is asked less."""

MOST_WARNINGS = 20
"""Of each kind since the start; a whole folder may be read-only, and the status tells of each."""


class Scribe:
    """Writes sentences into files, one file at a time."""

    def __init__(self, desk: Desk, policy: Policy) -> None:
        self._desk = desk
        self._policy: Policy = policy
        self._waiting: list[DueFile] = []
        self._failures = 0
        self._rests_until = 0.0
        self._complaints = 0
        self._detours = 0
        self.written = 0
        """Files written to since the start."""

    def begin(self) -> None:
        """Note the policy, and queue what is missing under it; before anything else runs."""
        queued = self._desk.catalog.writing.policy_is(self._policy, FORMATS)
        log.info("captions policy", write=self._policy, does=_DOES[self._policy], queued=queued)

    async def go_by(self, policy: Policy) -> None:
        """Write by another policy from now on; a file that is in hand is finished by the old."""
        self._policy = policy
        self._waiting.clear()
        await self._desk.writer(self.begin)
        self._desk.arrived.give()

    async def next(self, *, person: bool) -> DueFile | None:
        """Return the next file that is to carry a person's sentence, or a model's; or None."""
        if self._policy == "off":
            return None
        writing = self._desk.catalog.writing
        now = time.time()
        if person:
            said = await self._desk.writer(writing.due, now, 1, person=True)
            return said[0] if said else None
        if self._rest_s:
            return None
        if not self._waiting:
            found = await self._desk.writer(writing.due, now, FETCH, person=False)
            self._waiting = found[::-1]
        return self._waiting.pop() if self._waiting else None

    async def next_due(self) -> float | None:
        """Return the Unix time at which a file is due, or None."""
        if self._policy == "off":
            return None
        writing = self._desk.catalog.writing
        said = await self._desk.writer(writing.next_due, person=True)
        other = await self._desk.writer(writing.next_due, person=False)
        times = [said, None if other is None else max(other, time.time() + self._rest_s)]
        return min((at for at in times if at is not None), default=None)

    @property
    def _rest_s(self) -> float:
        """Return for how long a disk is still let alone."""
        return max(0.0, self._rests_until - time.monotonic())

    async def try_refused_again(self) -> None:
        """Try once more to write what could not be written: the owner asks."""
        if await self._desk.writer(self._desk.catalog.writing.try_refused_again):
            self._desk.arrived.give()

    async def inscribe(self, worker: WorkerClient, due: DueFile) -> None:
        """Have `worker` write one file; whatever comes of it is written down.

        Raises:
            StateUnavailable: it cannot be written down; the file may carry its sentence already.
        """
        try:
            async with self._desk.disk:  # a scan sees the file as it was, or as it is written down
                await self._inscribe(worker, due)
        except PhotoError as error:
            await self._not_written(due, error, refused=True)
        except WorkerLost as error:
            self._desk.torn.add(os.path.dirname(due.path))
            await self._not_written(due, error, lost=True)
        except StateUnavailable:
            raise
        except Unavailable as error:
            self._desk.torn.add(os.path.dirname(due.path))  # a failing disk may not even remove
            await self._not_written(due, error)
            self._rest(error, due)
        except ConfigError as error:
            log.error("worker unfit", reason=str(error))

    async def _inscribe(self, worker: WorkerClient, fetched: DueFile) -> None:
        """Write what is to be said now: somebody may have spoken since the file was fetched."""
        writing = self._desk.catalog.writing
        due = await self._desk.writer(writing.due_still, fetched)
        if due is None:
            return
        written = await worker.inscribe(
            due.path,
            due.size,
            due.mtime_ns,
            due.imprint,
            sidecar=self._policy == "sidecar",
            withdrawn=due.withdrawn,
        )
        await self._desk.writer(
            writing.inscribed,
            due,
            written.size,
            written.mtime_ns,
            written.sidecar,
            replaced=written.replaced,
            restored=written.restored,
        )
        self._desk.state_written()
        self._desk.noticeboard.clear("captions")
        self._failures = 0
        self.written += 1
        log.debug("caption written", photo=display_path(due.path), sentence=due.imprint.sentence)
        if written.remark:
            self._detours += 1
            tell = log.info if self._detours <= MOST_WARNINGS else log.debug
            tell("caption beside its photo", photo=display_path(due.path), reason=written.remark)

    def _rest(self, error: Exception, due: DueFile) -> None:
        """Let a disk alone that is full or gone: every file on it would be tried in vain."""
        self._failures += 1
        if self._failures >= PATIENT_FAILURES:
            self._rests_until = time.monotonic() + retry_delay(self._failures - PATIENT_FAILURES)
            self._waiting.clear()
            reason = without_name(error, due.path)
            self._desk.noticeboard.post(
                "captions",
                f"captions wait to be written into photos: {reason}; look at the photos' disk",
            )

    async def _not_written(
        self, due: DueFile, error: Exception, *, refused: bool = False, lost: bool = False
    ) -> None:
        reason = without_name(error, due.path)
        final = await self._desk.writer(
            self._desk.catalog.writing.not_inscribed,
            due,
            reason,
            time.time(),
            refused=refused,
            lost=lost,
        )
        self._complaints += 1
        tell = log.warning if self._complaints <= MOST_WARNINGS else log.debug
        tell("caption not written", photo=display_path(due.path), reason=reason, refused=final)


_DOES: dict[Policy, str] = {
    "embed": "sentences are written into the photos; RAW, HEIC and the like get a sidecar",
    "sidecar": "sentences are written into NAME.EXT.xmp beside the photos",
    "off": "no photo and no file beside it is written",
}
