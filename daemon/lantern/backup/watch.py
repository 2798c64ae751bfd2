"""The watch over the backup, within the daemon: takes in the reports, and raises the alarm.

Thin: `alarm` decides what is wrong, `herald` who is written to. The job is never asked: its silence
is an answer, too.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import anyio
import anyio.to_thread
import msgspec

from lantern import log
from lantern.backup import spool
from lantern.backup.alarm import TOPICS, Alarm, Facts, Known, alarms, states
from lantern.backup.herald import Herald
from lantern.backup.report import Action, Report, decode, encode
from lantern.backup.standing import is_odd
from lantern.backup.telling import headline
from lantern.catalog.backup_state import BackupState, RunningBackup
from lantern.catalog.backups import MEMORY, KeptReport
from lantern.catalog.store import Catalog
from lantern.config import Backup, Paths
from lantern.errors import StateUnavailable
from lantern.heartbeat import watched
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint

LOOK_S = 60.0
"""How often is looked for reports, and whether there should have been one."""

MOST = 500
"""So many reports are looked at: a year of nightly ones, with their drills and checks."""

TIMER_S = 600.0
"""How often the timer is asked when it is due."""

SILENT_S = 3600.0
"""A run that has not told for so long how far it is has ended without a word."""

DOUBT_S = 900.0
"""How long a clock that nobody has set yet keeps the daemon from saying what is wrong.

A Raspberry Pi wakes with a clock of the past; one that never has a network is believed after this.
"""

COUNT_S = 3600.0
"""How often is written down into how many photos captions were written: a restart costs no more."""


class Memory(Known, frozen=True, kw_only=True):
    """What outlives the daemon: `told` are the sentences of alarms that were sent, by their keys.

    `wrote` is into how many photos Lantern ever wrote a caption.
    """

    told: Mapping[str, str] = {}
    wrote: int = 0


class Write(Protocol):
    """Calls what uses the catalog, in its one thread."""

    def __call__(self, call: Callable[..., Any], *args: Any) -> Awaitable[Any]:
        """Return what `call` returns."""
        ...


class Watch:
    """Watches by `settings`; `writer` is the catalog's thread.

    `next_run` asks when the timer is due (blocking), and `written` into how many photos Lantern
    wrote a caption since its start; `doubts_clock` says that the clock is still to be set. `sends`
    says that nobody else sends the notices.
    """

    def __init__(  # noqa: PLR0913 - it is where reports, catalog and noticeboard meet
        self,
        settings: Backup,
        paths: Paths,
        catalog: Catalog,
        writer: Write,
        board: Noticeboard,
        *,
        next_run: Callable[[], float | None],
        written: Callable[[], int],
        doubts_clock: Callable[[], bool],
        sends: bool,
    ) -> None:
        self._settings, self._paths = settings, paths
        self._catalog, self._writer, self._board = catalog, writer, board
        self._next_run, self._written, self._sends = next_run, written, sends
        self._doubts_clock, self._began = doubts_clock, time.monotonic()
        self._herald = Herald(settings, paths, board)
        self._reports: list[Report] = []
        self._memory: Memory | None = None
        self._spool_was: int | None = None
        self._state: BackupState | None = None
        self._next_at: float | None = None
        self._timer_due = self._count_due = 0.0
        self._counted = 0
        self._is_seen = False
        self._fresh: list[Report] = []
        self._hint = Hint()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with anyio.create_task_group() as group:
            if self._sends:
                group.start_soon(watched, "the notices", self._herald.keep_sending)
            while True:
                try:
                    await self._look()
                except StateUnavailable as error:  # others tell of it, and reports wait
                    log.warning("reports of the backup wait", reason=str(error))
                await self._hint.wait(LOOK_S)

    def go_by(self, settings: Backup) -> None:
        """Go by other settings from now on."""
        self._settings = self._herald.settings = settings
        self._timer_due = 0.0
        self._hint.give()

    def seen(self) -> None:
        """Note that a person has seen what changed, so that it is told no longer."""
        self._is_seen = True
        self._hint.give()

    @property
    def state(self) -> BackupState | None:
        """Return how the backup stands, None where none is wanted, or nobody has looked yet."""
        if self._state is None or not self._settings.is_wanted:
            return None
        return msgspec.structs.replace(self._state, running=self._running())

    def _running(self) -> RunningBackup | None:
        """Return how far the run under way is.

        One of which there is a report is over, and one that says nothing for so long was killed.
        """
        told = spool.progress(self._paths, within_s=SILENT_S)
        if told is None or any(report.ended >= told.began for report in self._reports[:5]):
            return None
        return told

    async def _look(self) -> None:
        """Take in what is new, and say what is wrong."""
        before = await self._recall()
        fresh = await self._take_in()
        now, doubtful = time.time(), self._is_doubtful()
        self._fresh += fresh
        memory = before if doubtful else self._learnt(before, self._fresh, now)
        facts = Facts(self._settings, self._reports, memory, now)
        found = alarms(facts) if self._settings.is_wanted and not doubtful else []
        self._state = BackupState(
            repositories=states(facts),
            next_at=await self._due(),
            skipped=self._skipped(),
            alarms=tuple(alarm.topic for alarm in found),
        )
        if not doubtful:
            fresh, self._fresh = self._fresh, []
            self._tell(found)
            told = await anyio.to_thread.run_sync(self._herald.tell, found, fresh, memory.told, now)
            await self._remember(before, msgspec.structs.replace(memory, told=told))

    def _is_doubtful(self) -> bool:
        """Tell whether nobody knows yet how late it is."""
        return time.monotonic() - self._began < DOUBT_S and self._doubts_clock()

    # What is known ------------------------------------------------------------------------------

    async def _recall(self) -> Memory:
        if self._memory is None:
            await self._read()
            text = await self._writer(self._catalog.read.setting, MEMORY)
            self._memory = Memory()
            with contextlib.suppress(msgspec.DecodeError):  # of another version
                self._memory = msgspec.json.decode(text, type=Memory) if text else Memory()
        return self._memory

    async def _remember(self, before: Memory, memory: Memory) -> None:
        if memory != before:
            text = msgspec.json.encode(memory).decode()
            await self._writer(self._catalog.backups.remember, text)
            self._memory = memory

    async def _read(self) -> None:
        """Read what the catalog has."""
        kept = await self._writer(self._catalog.read.backup_reports, MOST)
        self._reports = [report for one in kept if (report := _decoded(one))]

    async def _take_in(self) -> list[Report]:
        """Take in the reports that the catalog has not yet; return them, the oldest first."""
        known = {report.id for report in self._reports}
        fresh = await anyio.to_thread.run_sync(self._unknown, known)
        if fresh:
            kept = [KeptReport(report.id, encode(report)) for report in fresh]
            try:
                await self._writer(self._catalog.backups.add, kept)
            except StateUnavailable:
                self._spool_was = None
                raise
            await self._read()
            self._timer_due = 0.0
            for report in fresh:
                log.info("backup reported", report=report.id, became=headline(report))
        return fresh

    def _unknown(self, known: set[str]) -> list[Report]:
        """Return the reports that lie in the folder and are not `known`."""
        try:
            now = spool.folder(self._paths).stat().st_mtime_ns
        except OSError:
            return []
        if now == self._spool_was:
            return []
        self._spool_was = now
        return [report for report in spool.reports(self._paths) if report.id not in known]

    def _learnt(self, memory: Memory, fresh: Sequence[Report], now: float) -> Memory:
        """Return what is known with `fresh` reports, and repositories heard of now."""
        ids = {report.id for report in self._reports}
        odd = {**memory.odd, **{report.id: now for report in fresh if is_odd(report, now)}}
        wrote = memory.wrote + self._count(now=bool(fresh))
        written = {**memory.written, **({fresh[-1].id: wrote} if fresh else {})}
        is_seen, self._is_seen = self._is_seen, False
        return msgspec.structs.replace(
            memory,
            since={
                # A time of the future was noted by a clock that was wrong.
                one: min(memory.since.get(one, now), now)
                for one in self._settings.repositories
            },
            seen=max(ids, default="") if is_seen else memory.seen,
            odd={key: at for key, at in odd.items() if key in ids},
            wrote=wrote,
            written={key: count for key, count in written.items() if key in ids},
        )

    def _count(self, *, now: bool) -> int:
        """Return how many captions were written since this was asked, 0 if it was asked of late."""
        written = self._written()
        if not now and (written == self._counted or time.monotonic() < self._count_due):
            return 0
        self._count_due = time.monotonic() + COUNT_S
        fresh, self._counted = written - self._counted, written
        return fresh

    async def _due(self) -> float | None:
        """Return when the timer is due."""
        if time.monotonic() >= self._timer_due:
            self._timer_due = time.monotonic() + TIMER_S
            self._next_at = await anyio.to_thread.run_sync(self._next_run)
        return self._next_at

    def _skipped(self) -> str:
        """Return why the newest run for a backup did nothing."""
        backups = (report for report in self._reports if report.action is Action.BACKUP)
        return next((report.skipped for report in backups), "")

    def _tell(self, found: Sequence[Alarm]) -> None:
        """Keep the noticeboard true."""
        wrong = {alarm.topic: alarm.sentence for alarm in found}
        for topic in TOPICS:
            if topic in wrong:
                self._board.post(topic, wrong[topic])
            else:
                self._board.clear(topic)


def _decoded(kept: KeptReport) -> Report | None:
    """Return the report, None for one of another version."""
    with contextlib.suppress(msgspec.DecodeError):
        return decode(kept.text)
    return None
