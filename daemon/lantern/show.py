"""The composition of the show: its parts, who knows whom, and what may be asked of them.

Part of the daemon's composition, and of a daemon with a show alone. Whatever fails here is told and
begun anew; it costs neither the other parts nor the daemon. See ARCHITECTURE.md, "The show".
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

import anyio
import anyio.to_thread
import msgspec

from lantern import log
from lantern.boards import BoardKeeper
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.visits import Visited
from lantern.config import Config, Paths
from lantern.config import Projector as ProjectorSettings
from lantern.control.protocol import Direct, GetShow, OfShow, Order, Play, Showing
from lantern.easing import Easing
from lantern.errors import ConfigError, Unavailable
from lantern.glance import glance, is_done
from lantern.hardware import build, calibration
from lantern.hardware.projector.build import build as build_projector
from lantern.kiosk import orders as standing
from lantern.kiosk.director import Director, Scene, Sections
from lantern.kiosk.elsewhere import Elsewhere
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.guest_book import GuestBook
from lantern.kiosk.guests import Sight
from lantern.kiosk.hours import Doors
from lantern.kiosk.keeper import Keeper, care_of
from lantern.kiosk.orders import Orders
from lantern.kiosk.playlist import Playlist, Plays
from lantern.kiosk.remarks import remark
from lantern.kiosk.screen import Screen
from lantern.kiosk.senses import Senses
from lantern.kiosk.slides import Render, Slides
from lantern.kiosk.truth import Truth
from lantern.kiosk.turnstile import Turnstile
from lantern.kiosk.works import Player, Work
from lantern.noticeboard import Noticeboard
from lantern.search import build as search
from lantern.supervise import kept_up
from lantern.waiting import Hint, pause

EFFECT_S = 2.0
"""How long an answer waits for an order to have its effect."""

LAST_S = 0.1
"""How long the screen outlives the others."""

CLOSE_S = 5.0

REMARK_S = 5.0
"""How often is looked whether there is something to remark."""

Service = tuple[str, Callable[[], Awaitable[None]]]


class Show:
    """The running show.

    `ease` leaves a share of the time to it (`ingest.turns.Turns.ease`); `render` makes pictures of
    photos for the screen (`ingest.render.Renderer.render`); `keep` adds visits to those known.
    """

    def __init__(
        self,
        config: Config,
        board: Noticeboard,
        ease: Callable[[float], object],
        render: Render,
        keep: Callable[[Sequence[Visited]], Awaitable[None]],
    ) -> None:
        self._board = board
        self._orders_file = config.paths.orders
        self._easing = Easing(ease)
        now = time.monotonic()
        self._doors = Doors(config.hours, now)
        self._playlist: Playlist | None = None
        self._screen: Screen | None = None
        if config.show.plays:
            self._playlist, self._screen = self._staged(config, render)
        self._player: Player = self._screen or Elsewhere()
        projector, self._keeper = _keeper(config.projector, board)
        awake = Hint()
        self._camera = build.camera(config.camera)
        file = config.paths.calibration
        boards = build.boards(config.sensors, config.presence, calibration.load(file))
        self.boards = BoardKeeper(boards, file)
        sensors = [*build.sensors(config.sensors, self._camera), *boards]
        self._senses = Senses(sensors, config.presence, awake.give)
        self._director = Director(
            Sections(config.sound, projector),
            self._player,
            self._senses,
            self._keeper,
            doors=self._doors,
            board=board,
            awake=awake,
            now=now,
            told=self._noted,
        )
        self._director.obey(standing.load(self._orders_file))
        self._truth = self._watching(config.paths)
        self._turnstile = Turnstile(config.hours.time_zone, keep, board)
        self._guest_book = self._asking(config)

    async def run(self) -> None:
        """Run every part until cancelled; the screen last, so that it hears the last level."""
        async with anyio.create_task_group() as group:
            last = anyio.CancelScope(shield=True)
            group.start_soon(self._run_screen, last)
            try:
                async with anyio.create_task_group() as others:
                    for name, service in self._services():
                        others.start_soon(kept_up, name, service, self._board)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(LAST_S if self._screen else 0)
                    await self._let_go()
                last.cancel()

    async def _let_go(self) -> None:
        """Leave the camera to whoever is next; one that hangs is waited for no longer than this."""
        if self._camera:
            with anyio.move_on_after(CLOSE_S):
                await anyio.to_thread.run_sync(self._camera.close, abandon_on_cancel=True)

    async def _run_screen(self, scope: anyio.CancelScope) -> None:
        with scope:
            if self._screen:
                await kept_up("the screen", self._screen.run, self._board)

    async def answer(self, question: OfShow) -> Showing:
        """Answer a question from the control socket.

        Raises:
            Unavailable: nothing plays that could obey.
        """
        before = self.showing()
        match question:
            case GetShow():
                return before
            case Direct(order):
                await self._obey(order)
            case Play(query):
                await self._play(query)
        with anyio.move_on_after(EFFECT_S):
            while not is_done(question, before, self.showing()):  # noqa: ASYNC110 - no event tells
                await anyio.sleep(0.02)
        return self.showing()

    def showing(self) -> Showing:
        """Return the show at a glance."""
        told = glance(
            self._director,
            self._player,
            self._keeper.report[0] if self._keeper else None,
            self._easing.strain,
            plays=self._playlist.plays if self._playlist else Plays(),
        )
        return msgspec.structs.replace(told, troubles=self._board.notices)

    def _staged(self, config: Config, render: Render) -> tuple[Playlist, Screen]:
        """Return what plays, and where."""
        catalog = CatalogReader.open(config.paths.catalog)
        gallery = Gallery(
            catalog,
            SimilarityReader.open(config.paths.catalog),
            search.reader(config.search, config.paths.index),
        )
        playlist = Playlist(
            gallery,
            Slides(config.paths.pictures, render, lambda: screen.size),
            show=config.show,
            programmes=config.programmes,
            clock=lambda: self._doors.local(time.time()),
            board=self._board,
            memory=config.paths.marks,
            withdraw=self._withdraw,
        )
        screen = Screen(playlist, config.show, config.paths.screen_socket, self._board)
        return playlist, screen

    def _watching(self, paths: Paths) -> Truth | None:
        """Return who sees to it that the picture is true, None where none is played."""
        if self._screen is None or self._playlist is None:
            return None
        return Truth(
            self._screen,
            paths.screen_socket,
            paths.pictures,
            self._board,
            spoiled=self._playlist.spoiled,
        )

    def _services(self) -> Iterator[Service]:
        yield "the director", self._director.run
        yield "the senses", self._senses.run
        yield "the easing", self._easing.run
        yield "the turnstile", self._turnstile.run
        if self._keeper:
            yield "the keeper", self._keeper.run
        if self._playlist:
            yield "the playlist", self._playlist.run
        if self._truth:
            yield "the watch of the picture", self._truth.run
        if self._screen:
            yield "the remarks", self._remark
        if self._guest_book:
            yield "the guest book", self._guest_book.run

    async def _remark(self) -> None:
        """Say on the screen, for who knows, that something beside the show needs a person."""
        while self._screen:
            self._screen.remark(remark(self._board.topics))
            await pause(REMARK_S)

    def _asking(self, config: Config) -> GuestBook | None:
        """Return the guest book, None where none is kept."""
        if config.guests.by == "none" or self._camera is None:
            return None
        return GuestBook(
            config.guests,
            config.photos.folder,
            camera=self._camera,
            player=self._player,
            look=self._sight,
            board=self._board,
            button=build.button(config.guests),
            shares_camera=any(sensor.by == "camera" for sensor in config.sensors),
        )

    def _sight(self) -> Sight:
        """Return what the guest book sees: nobody is asked who could not read it."""
        scene = self._director.scene
        if scene is None:
            return Sight(present=None, playing=False)
        playing = scene.wanted.picture and self._player.playing is not None
        return Sight(scene.presence.present, playing)

    def _noted(self, scene: Scene) -> None:
        """Pass on who is there to whoever goes by it."""
        self._easing.watched(scene.wanted.rest)
        self._turnstile.note(scene.wanted.picture and scene.presence.present is True)

    async def _obey(self, order: Order) -> None:
        orders = self._director.orders
        match order:
            case "next" | "previous":
                self._playing().skip(back=order == "previous")
            case "pause" | "resume":
                self._playing().pause(order == "pause")
            case "mute" | "unmute":
                await self._keep(msgspec.structs.replace(orders, muted=order == "mute"))
            case "open" | "close" | "auto":
                await self._keep(msgspec.structs.replace(orders, doors=order))

    async def _play(self, query: str) -> None:
        if self._playlist is None:
            raise Unavailable(
                "nothing plays: no programme is configured; set show.programme in lantern.toml"
            )
        await self._playlist.play(query)
        self._player.skip()  # a film may last for hours

    def _withdraw(self, work: Work) -> None:
        """Take a photo off the screen that was hidden or removed."""
        playing = self._player.playing
        if playing and playing.work.name == work.name:
            self._player.skip()

    def _playing(self) -> Player:
        if self._player.playing is None:
            said = self.showing().said
            raise Unavailable(
                f'nothing is on the screen to obey ({said}); "lantern show" tells more'
            )
        return self._player

    async def _keep(self, orders: Orders) -> None:
        """Obey, and write it down."""
        self._director.obey(orders)
        log.info("show ordered", doors=orders.doors, muted=orders.muted)
        try:
            await anyio.to_thread.run_sync(standing.save, self._orders_file, orders)
        except OSError as error:
            sentence = f"what was ordered of the show ends with the daemon: {error}"
            self._board.post("orders", sentence)
        else:
            self._board.clear("orders")


def _keeper(
    section: ProjectorSettings, board: Noticeboard
) -> tuple[ProjectorSettings, Keeper | None]:
    """Return the projector's keeper, None where none is to be had, and what then holds of it."""
    try:
        projector = build_projector(section)
    except ConfigError as error:
        board.post("projector", f"the projector is left alone: {error}")
        projector = None
    if projector is None:
        return ProjectorSettings(), None
    return section, Keeper(projector, care_of(section), board)
