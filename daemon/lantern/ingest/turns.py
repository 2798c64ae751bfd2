"""Whose turn it is: give each free worker the file that matters most.

First a picture that the screen waits for; then what a person said, which is to be in the photo at
once; then photos without a description; last, when nobody waits for one, the sentences that are
still to be written into photos. These two leave as much of the time to the show as it asks for.
Owns the workers' starts and what is in their hands; `render`, `describe` and `scribe` own what is
done there.
"""

from __future__ import annotations

import time

import anyio

from lantern.caption.client import WorkerClient
from lantern.catalog.store import PendingFile
from lantern.catalog.writing import DueFile
from lantern.errors import ConfigError, StateUnavailable, WorkerLost
from lantern.heartbeat import beat
from lantern.ingest.describe import Describer
from lantern.ingest.desk import STATE_RETRY_S, Desk
from lantern.ingest.render import Order, Renderer
from lantern.ingest.scribe import Scribe
from lantern.waiting import held, pause

FETCH = 64
"""Files fetched from the catalog at once."""

IDLE_S = 3600.0
WORKER_RETRY_S = 30.0


class Turns:
    """Shares out the work among any number of workers, or pictures for the screen alone."""

    def __init__(
        self,
        desk: Desk,
        describer: Describer,
        scribe: Scribe,
        renderer: Renderer,
        *,
        renders_only: bool = False,
    ) -> None:
        self._desk = desk
        self._renders_only = renders_only
        self._describer = describer
        self._scribe = scribe
        self._renderer = renderer
        self._fetching = anyio.Lock()
        self._waiting: list[PendingFile] = []
        self._in_hand: set[int] = set()
        self._is_written: int | None = None
        self._is_unread = False
        self._eased = 0.0
        self._rested = 0.0
        self.unfit: str | None = None
        """Why workers do not even start, or None."""

    @property
    def idle(self) -> bool:
        """Tell whether no file is in a worker's hand."""
        return not self._in_hand

    def ease(self, share: float) -> None:
        """Leave that share of the time, in [0, 1], unused: 0 for full speed, 1 for rest.

        In between one worker alone works, and rests after each file as long as the share demands.
        What is in a worker's hand is finished; pictures for the screen are made, and what a person
        said is written, all the same.
        """
        if share != self._eased:
            self._eased = share
            self._desk.arrived.give()

    async def run(self, worker: WorkerClient) -> None:
        """Work with `worker`, beside any number of others, until cancelled."""
        while True:
            beat(worker.patience_s)
            if await self._start(worker):
                work = await self._next()
                beat(worker.patience_s)
                if isinstance(work, Order):
                    await self._renderer.make(worker, work)
                elif await self._start(worker):  # it may have died while there was nothing to do
                    await self._work_on(worker, work)
                else:
                    self._lay_down(work)

    async def _work_on(self, worker: WorkerClient, file: PendingFile | DueFile) -> None:
        began = time.monotonic()
        try:
            await self._do(worker, file)
        except StateUnavailable as error:
            await self._desk.state_fault(error)
        finally:
            self._rest_after(began)
            self._lay_down(file)

    def _lay_down(self, file: PendingFile | DueFile) -> None:
        """Have a file in no hand any more, whatever became of it."""
        self._in_hand.discard(file.id)
        if self._is_written == file.id:
            self._is_written = None
        # The one who waits for work may have passed over this file while it was in hand, or must
        # learn when it is to be tried again.
        self._desk.arrived.give()

    async def _do(self, worker: WorkerClient, file: PendingFile | DueFile) -> None:
        if isinstance(file, DueFile):
            await self._scribe.inscribe(worker, file)
        else:
            await self._describer.describe(worker, file)

    async def _start(self, worker: WorkerClient) -> bool:
        """Start the worker, so that its failing to start is blamed on no photo."""
        try:
            await worker.start()
        except (ConfigError, WorkerLost) as error:
            self.unfit = str(error)
            self._desk.noticeboard.post("worker", f"caption worker: {error}")
            await pause(WORKER_RETRY_S)
            return False
        self.unfit = None
        self._desk.noticeboard.clear("worker")
        return True

    async def _next(self) -> PendingFile | DueFile | Order:
        async with held(self._fetching):
            while True:
                if order := self._renderer.next():
                    return order
                if self._renders_only:
                    await self._desk.arrived.wait()
                    continue
                try:
                    file, wait_s = await self._found(time.time())
                except StateUnavailable as error:
                    self._is_unread = True
                    self._desk.noticeboard.post("state", str(error))
                    file, wait_s = None, STATE_RETRY_S
                else:
                    self._read()
                if file is not None:
                    self._in_hand.add(file.id)
                    return file
                await self._desk.arrived.wait(wait_s)

    async def _found(self, now: float) -> tuple[PendingFile | DueFile | None, float]:
        """Return the file whose turn it is; or None, and until when to wait for one."""
        file: PendingFile | DueFile | None = await self._to_write(person=True)
        rest_s = self._rest_s()
        if file is None and not rest_s:
            file = await self._to_describe(now) or await self._to_write(person=False)
        if file is not None:
            return file, 0.0
        return None, rest_s or await self._until_due(now)

    def _read(self) -> None:
        """Note that the catalog can be read; if it cannot be written, others will say so."""
        if self._is_unread:
            self._is_unread = False
            self._desk.state_written()

    def _rest_after(self, began: float) -> None:
        """Note until when to rest after the work that `began` then and ended now."""
        now = time.monotonic()
        if 0 < self._eased < 1:
            self._rested = now + (now - began) * self._eased / (1 - self._eased)

    def _rest_s(self) -> float:
        """Return how long what nobody waits for has to rest, or until this is asked again."""
        if self._eased == 0:
            return 0.0
        if self._eased == 1 or self._in_hand:
            return IDLE_S  # the end of either is a hint
        return max(0.0, self._rested - time.monotonic())

    async def _to_describe(self, now: float) -> PendingFile | None:
        if not self._waiting:
            pending = await self._desk.writer(
                self._desk.catalog.pending, now, FETCH + len(self._in_hand)
            )
            self._waiting = [file for file in pending if file.id not in self._in_hand][::-1]
            if not self._waiting:
                self._describer.add_up(idle=True)
                self._desk.idle.give()
        return self._waiting.pop() if self._waiting else None

    async def _to_write(self, *, person: bool) -> DueFile | None:
        """Return a file to be written, unless one is being written: one at a time."""
        if self._is_written is not None:
            return None
        due = await self._scribe.next(person=person)
        if due is not None and due.id not in self._in_hand:
            self._is_written = due.id
            return due
        return None

    async def _until_due(self, now: float) -> float:
        retry = await self._desk.writer(self._desk.catalog.next_retry)
        due = None if self._is_written is not None else await self._scribe.next_due()
        # A file in hand is due already; its worker will have written down its fate by then.
        return min((max(0.5, at - now) for at in (retry, due) if at is not None), default=IDLE_S)
