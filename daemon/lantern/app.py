"""The composition root of the daemon: its parts, who knows whom, how they start and stop.

Resources sit on an exit stack outside the task group, loops inside it: loops stop first, then what
they used closes, last in first out. Nothing here decides anything about photos.
"""

from __future__ import annotations

import contextlib
import os
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import anyio
import anyio.abc
import anyio.to_thread
import msgspec

import lantern
from lantern import log, safe_mode
from lantern.backup.watch import Watch
from lantern.caption.client import WorkerClient, worker_command
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.visits import Visited
from lantern.config import Config
from lantern.config.change import Changes, changes, merged
from lantern.control import client, server
from lantern.control.protocol import (
    Boards,
    CalibrateBoard,
    Direct,
    Done,
    GetBoards,
    GetShow,
    GetStatus,
    Hail,
    HidePhoto,
    OfBoards,
    OfShow,
    Outdated,
    Play,
    Question,
    Recaption,
    Rescan,
    RestartBoard,
    SeenBackups,
    SetCaption,
    Showing,
    Status,
    Told,
)
from lantern.errands import Errands
from lantern.errors import LanternError, ProtocolError, StateUnavailable, Unavailable
from lantern.health import units
from lantern.heartbeat import beat, watched
from lantern.holdings import Holdings, makeshift, opened
from lantern.ingest.describe import Describer
from lantern.ingest.desk import Desk
from lantern.ingest.examine import Examiner
from lantern.ingest.group import Grouper
from lantern.ingest.mirror import Mirror
from lantern.ingest.publish import Publisher
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.render import Renderer
from lantern.ingest.scribe import Scribe
from lantern.ingest.turns import Turns
from lantern.noticeboard import Corner, Noticeboard
from lantern.notify import is_service
from lantern.supervise import kept_up
from lantern.survey import Survey
from lantern.waiting import Hint, pause

if TYPE_CHECKING:
    from lantern.show import Show

MOST_WORKERS = 2
"""By default: a third core is the show's, the fourth the page's."""

HAIL_S = 20.0
"""How often the daemon looks whether its socket is there and answered."""

ANEW_S = 30.0
"""How long a show that hangs may keep the next one waiting before that is no news any more."""

STATE_S = 30.0
"""How often a stranded daemon tries to open its state."""


class Daemon:
    """The running parts of `lantern run`, and what may be asked of them."""

    def __init__(
        self,
        config: Config,
        holdings: Holdings,
        *,
        safe: str | None = None,
        stranded: str | None = None,
    ) -> None:
        self._config = self._read = config
        self._outdated: dict[str, Outdated] = {}
        self._safe = safe is not None
        self.stranded = stranded
        """Why the state cannot be opened, and `holdings` are makeshift ones; None where it is."""
        idle = self._safe or stranded is not None
        self._desk = Desk(holdings.catalog, holdings.thumbnails)
        self.reconciler = Reconciler(config.photos, self._desk)
        self.describer = Describer(self._desk, self.reconciler.look_again)
        self.scribe = Scribe(self._desk, config.captions.write)
        self.renderer = Renderer(self._desk)
        self._turns = Turns(
            self._desk, self.describer, self.scribe, self.renderer, renders_only=idle
        )
        self._errands = Errands(self._desk, self.reconciler, self.scribe)
        self.publisher = Publisher(self._desk, holdings.index)
        served = holdings.search_server
        self.mirror = Mirror(self._desk, served) if served else None
        self.grouper = Grouper(self._desk, SimilarityReader.open(config.paths.catalog))
        self._backup = self._new_watch()
        self._workers = [
            WorkerClient(
                worker_command(
                    config.photos.folder, config.captions.models_folder, describes=not idle
                ),
                deadline_s=config.captions.deadline_s,
            )
            for _ in range(worker_count(config))
        ]
        self._survey = Survey(
            config.paths.catalog, self._desk, self.reconciler, self.describer, self._turns
        )
        if safe is not None:
            self._desk.noticeboard.post(safe_mode.TOPIC, safe_mode.sentence(safe))
        if stranded is not None:
            self._desk.noticeboard.post("state", _of_state(stranded))
        self._corner = Corner(self._desk.noticeboard)
        self._renewed = Hint()
        self._on_anew = anyio.Event()
        self._show = self._new_show()

    def _new_watch(self) -> Watch:
        """Return the watch over the backup, wanted or not: that may change."""
        return Watch(
            self._config.backup,
            self._config.paths,
            self._desk.catalog,
            self._desk.writer,
            self._desk.noticeboard,
            next_run=units.next_backup,
            written=lambda: self.scribe.written,
            doubts_clock=self._doubts_clock,
            sends=not is_service(os.environ),
        )

    def _doubts_clock(self) -> bool:
        """Tell whether the clock is still to be set."""
        from lantern.kiosk.wall import is_synchronised  # noqa: PLC0415 - of the show's room

        return self._config.hours.needs_ntp and not is_synchronised()

    def _new_show(self) -> Show | None:
        """Return the show, None for none: whatever is wrong with it stops nothing."""
        if not self._config.has_show:
            return None
        board = self._corner
        try:
            from lantern.show import Show  # noqa: PLC0415 - who has no show does not wait for it

            return Show(
                self._config, board, self._turns.ease, self.renderer.render, self._keep_visits
            )
        except Exception as error:  # noqa: BLE001 - a supervisor's boundary: told, and gone without
            log.error("no show", error=repr(error), trace=traceback.format_exc())
            board.post("show", f"there is no show: {error}; restart when it is mended")
            return None

    async def _keep_visits(self, hours: Sequence[Visited]) -> None:
        if self.stranded is not None:
            raise StateUnavailable(self.stranded)
        await self._desk.writer(self._desk.catalog.visits.add, hours)

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Run every part until cancelled."""
        async with contextlib.AsyncExitStack() as stack:
            for worker in self._workers:
                await stack.enter_async_context(worker)
            if not self._safe:
                self._begin_to_write()
            async with anyio.create_task_group() as group:
                await group.start(server.serve, self._config.paths.control_socket, self.answer)
                group.start_soon(watched, "the control socket", self._hail)
                for worker in self._workers:
                    group.start_soon(watched, "the caption worker", self._turns.run, worker)
                for name, service in self._services():
                    if self._safe:  # one of these may be why the daemon failed
                        group.start_soon(kept_up, name, service, self._desk.noticeboard)
                    else:
                        group.start_soon(watched, name, service)
                board = self._desk.noticeboard
                if self.stranded is None:
                    group.start_soon(kept_up, "the watch over the backup", self._backup.run, board)
                group.start_soon(self._perform)
                log.info("lantern runs", version=lantern.__version__, root=self._config.photos.root)
                task_status.started()

    def _begin_to_write(self) -> None:
        """Note where captions go; on a disk that is full now that is for the next start."""
        try:
            self.scribe.begin()
        except StateUnavailable as error:
            log.warning("captions policy not noted", reason=str(error))

    def _services(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        """Yield what keeps the collection true, and how it is called."""
        if self.stranded is not None:
            return
        yield "the index", self.publisher.run
        yield "the scan", self.reconciler.run
        yield "the catalog", Examiner(self._desk, self._config.paths.catalog).run
        if not self._safe:
            yield "the groups of photos", self.grouper.run
        if self.mirror:
            yield "the search server", self.mirror.run

    async def _perform(self) -> None:
        """Keep the show on, and begin another whenever it is to be another."""
        while True:
            async with anyio.create_task_group() as group:
                if self._show:
                    group.start_soon(self._show.run)
                await self._renewed.wait()
                group.cancel_scope.cancel()
            self._corner.leave()
            self._show = self._new_show()
            self._on_anew.set()

    async def go_by(self, wanted: Config) -> Changes:
        """Go by all of `wanted` that can be in force at once; return what differs."""
        running = self._config
        wanted = safe_mode.safe(wanted) if self._safe else wanted
        differ = changes(running, wanted)
        self._note_outdated(changes(self._read, wanted))
        self._read = wanted
        self._config = now = merged(running, wanted)
        if now.photos != running.photos:
            self.reconciler.go_by(now.photos)
        if now.backup != running.backup:
            self._backup.go_by(now.backup)
        if now.captions != running.captions and not self._safe:
            await self.scribe.go_by(now.captions.write)
        if differ.of_show:
            self._on_anew = anyio.Event()
            self._renewed.give()
            with anyio.move_on_after(ANEW_S):
                await self._on_anew.wait()
        return differ

    def _note_outdated(self, differ: Changes) -> None:
        """Note what page and player, which read the file when they start, do not know yet."""
        for unit, options in (("lantern-web", differ.page), ("lantern-screen", differ.screen)):
            if options:
                before = self._outdated[unit].options if unit in self._outdated else ()
                together = tuple(dict.fromkeys((*before, *options)))
                self._outdated[unit] = Outdated(unit, together, time.monotonic())

    async def _hail(self) -> None:
        """Ask ourselves now and then: nobody else could tell us that nobody gets through."""
        socket = self._config.paths.control_socket
        while True:
            try:
                await anyio.to_thread.run_sync(client.ask, socket, Hail())
            except (Unavailable, ProtocolError) as error:
                log.warning("nobody gets through to us", reason=str(error))
            else:
                beat()
            await anyio.sleep(HAIL_S)

    async def answer(self, question: Question) -> Told:
        """Answer a question from the control socket."""
        match question:
            case Hail():
                pass
            case GetStatus():
                return self.status()
            case Rescan() | SetCaption() | HidePhoto() | Recaption():
                if self.stranded is not None:
                    raise Unavailable(_of_state(self.stranded))
                return await self._errands.answer(question)
            case SeenBackups():
                self._backup.seen()
            case _:
                return await self._of_show(question)
        return Done()

    async def _of_show(self, question: OfShow | OfBoards) -> Showing | Boards:
        if self._show is None and isinstance(question, GetBoards):
            return Boards(())
        if self._show is None:
            raise Unavailable(self._no_show)
        match question:
            case GetShow() | Direct() | Play():
                return await self._show.answer(question)
            case GetBoards() | RestartBoard() | CalibrateBoard():
                return await self._show.boards.answer(question)

    @property
    def _no_show(self) -> str:
        if self._config.has_show:
            return 'the show could not be set up; "lantern status" tells why'
        return "there is no show: set show.programme in lantern.toml, then restart lantern"

    def status(self) -> Status:
        """Return how it is going."""
        ready = next((worker.ready for worker in self._workers if worker.ready), None)
        return msgspec.structs.replace(
            self._survey.status(self._config.photos.root, ready.model if ready else None),
            show=self._show.showing() if self._show else None,
            boards=self._show.boards.states if self._show else (),
            backup=self._backup.state,
            outdated=tuple(self._outdated.values()),
        )

    @property
    def noticeboard(self) -> Noticeboard:
        """Return where troubles are put up."""
        return self._desk.noticeboard

    async def clock_set(self, since: float, until: float, by_s: float) -> None:
        """Put right what was written while the clock was wrong, and look anew at what is due."""
        await self._desk.writer(self._desk.catalog.times.clock_set, since, until, by_s)
        self._desk.arrived.give()

    @property
    def unfit(self) -> str | None:
        """Return why no photo can be described at all, or None."""
        return self._turns.unfit

    @property
    def root_lost(self) -> bool:
        """Tell whether the photo folder cannot be reached."""
        return self.reconciler.root_lost


@contextlib.asynccontextmanager
async def running(config: Config, *, safe: str | None = None) -> AsyncIterator[Daemon]:
    """Run the daemon for as long as the context lasts; in safe mode if `safe` says why.

    While the disk of the state is full, read-only or fails, the daemon is `stranded`: the show
    goes on with what can be read, until `state_back`.

    Raises:
        ConfigError: the catalog or the model cannot be used.
        Unavailable: another daemon holds the state, or this user may not use it.
    """
    config = config if safe is None else safe_mode.safe(config)
    with contextlib.ExitStack() as stack:
        stranded = None
        try:
            holdings = stack.enter_context(opened(config, safe=safe is not None))
        except StateUnavailable as error:
            stranded = str(error)
            log.error("state not opened", reason=stranded)
            holdings = stack.enter_context(makeshift(config))
        daemon = Daemon(config, holdings, safe=safe, stranded=stranded)
        async with anyio.create_task_group() as group:
            await group.start(daemon.run)
            yield daemon
            group.cancel_scope.cancel()


async def state_back(config: Config, *, safe: bool) -> None:
    """Return once the state can be opened, or something else than its disk is in the way."""
    while True:
        await pause(STATE_S)
        try:
            await anyio.to_thread.run_sync(_try_state, config, safe)
        except StateUnavailable as error:
            log.debug("state not opened", reason=str(error))
        except LanternError:
            return  # whoever opens it next is told
        else:
            return


def _try_state(config: Config, safe: bool) -> None:
    with opened(config, safe=safe):
        pass


def _of_state(reason: str) -> str:
    return (
        f"the state cannot be opened; it is tried again every {STATE_S:g} s, and the show goes on "
        f"meanwhile: {reason}"
    )


def worker_count(config: Config) -> int:
    """Return how many workers to run: as configured, else one a core, `MOST_WORKERS` at most."""
    return config.captions.workers or min(MOST_WORKERS, len(os.sched_getaffinity(0)))
