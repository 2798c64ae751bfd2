"""Bring about what `state` wants: picture, sound and lamp, by who is there and what time it is.

Thin: what is decided is decided by pure modules, and whoever does it (player, keeper, captioning)
is told and never waited for. `Director.step` is one look at everything and says when the next is
due; `run` goes by the clock. See ARCHITECTURE.md, "The show".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from lantern import config, log
from lantern.hardware.ports import ProjectorState
from lantern.kiosk import ramp, state
from lantern.kiosk.complaints import TOPICS, complaints
from lantern.kiosk.hours import Doors
from lantern.kiosk.orders import Orders
from lantern.kiosk.state import Show
from lantern.kiosk.wall import is_synchronised
from lantern.kiosk.wanted import Presence, Reports, Wanted
from lantern.kiosk.works import Player
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint

RAMP_S = 0.01
"""How often the level is set while it moves: steps of an eighth of a decibel at 12 dB/s."""

IDLE_S = 0.2
"""How often is looked otherwise: sensors wake the director, but device reports do not."""

HOURS_S = 1.0
"""How often the opening hours are asked: zones and summer time cost a little."""


class Sections(msgspec.Struct, frozen=True):
    """What of the configuration the director goes by."""

    sound: config.Sound = config.Sound()
    projector: config.Projector = config.Projector()


class Ears(Protocol):
    """Who is there: `senses.Senses`, or whatever tells it in a test."""

    def at(self, now: float) -> Presence:
        """Return what the sensors tell at `now`."""
        ...

    @property
    def due(self) -> float:
        """Return when that may change though no sensor says more, inf for never."""
        ...


class Booth(Protocol):
    """The projector: `keeper.Keeper`."""

    def wish(self, on: bool | None) -> None:
        """Wish the lamp on, off, or left as it is."""
        ...

    @property
    def report(self) -> tuple[ProjectorState | None, float | None]:
        """Return what the projector last told, and when."""
        ...


class Scene(msgspec.Struct, frozen=True):
    """What the director last saw and wanted."""

    wanted: Wanted
    presence: Presence
    is_open: bool
    gain_db: float


class Director:
    """Directs `player` and `booth` (None where no projector is switched).

    `awake` is given by whoever knows that something is to be looked at now. `told` is called with
    each new scene whose mode, presence or rest is another than before.
    """

    def __init__(  # noqa: PLR0913 - it is where all of the show meets
        self,
        sections: Sections,
        player: Player,
        ears: Ears,
        booth: Booth | None,
        *,
        doors: Doors,
        board: Noticeboard,
        awake: Hint,
        now: float,
        synchronised: Callable[[], bool] = is_synchronised,
        told: Callable[[Scene], object] = lambda _: None,
    ) -> None:
        self._sound = sections.sound
        self._pace = state.pace(sections.sound, sections.projector)
        self._doors = doors
        self._synchronised = synchronised
        self._player, self._ears, self._booth = player, ears, booth
        self._board, self._told = board, told
        self._orders = Orders()
        self._looked: float | None = None
        self._by_hours, self._limit_db = False, 0.0
        self._show: Show = state.begin(now)
        self._line = ramp.silence(now)
        self._level: tuple[float, bool] | None = None
        self._awake = awake
        self.scene: Scene | None = None

    @property
    def orders(self) -> Orders:
        """Return what stands against hours and sensors."""
        return self._orders

    def obey(self, orders: Orders) -> None:
        """Let `orders` stand from now on."""
        self._orders = orders
        self._awake.give()

    def next_change(self, wall: float) -> float | None:
        """Return when it opens or closes by the hours; None: unknown, never, or overruled."""
        return self._doors.next_change(wall) if self._orders.doors == "auto" else None

    async def run(self) -> None:
        """Direct until cancelled; then leave it no louder than an empty room should be."""
        try:
            while True:
                due = self.step(time.monotonic(), time.time())
                await self._awake.wait(max(0.0, due - time.monotonic()))
        finally:
            gain_db = self._line.gain_db(time.monotonic())
            self._player.level(min(gain_db, self._sound.idle_db), muted=self._orders.muted)
            self._level = None

    def step(self, now: float, wall: float) -> float:
        """Look at everything at `now`, when the clock shows `wall`, and bring about what is wanted.

        Return when the next look is due at the latest.
        """
        self._look_at_clock(now, wall)
        presence = self._ears.at(now)
        reports = Reports(self._is_open, presence, self._player.report, *self._lamp_told())
        self._show, wanted = state.step(self._show, reports, now, self._pace)
        self._line = ramp.draw(self._line, wanted.sound, self._limit_db, self._sound, now)
        self._apply(wanted, now)
        self._complain(presence)
        self._note(wanted, presence, now)
        return self._next_look(now)

    @property
    def _is_open(self) -> bool:
        return {"auto": self._by_hours, "open": True, "close": False}[self._orders.doors]

    def _look_at_clock(self, now: float, wall: float) -> None:
        if self._looked is not None and now - self._looked < HOURS_S:
            return
        self._looked = now
        synchronised = self._synchronised()
        self._by_hours = self._doors.is_open(wall=wall, now=now, synchronised=synchronised)
        self._limit_db = ramp.limit_db(self._sound, self._doors.minute(wall))

    def _lamp_told(self) -> tuple[ProjectorState | None, float | None]:
        return self._booth.report if self._booth else (None, None)

    def _apply(self, wanted: Wanted, now: float) -> None:
        self._player.show(wanted.picture)
        if self._booth:
            self._booth.wish(wanted.lamp)
        heard = now + RAMP_S  # a sound card is never quicker than that
        level = self._line.gain_db(heard), self._orders.muted or self._line.is_muted(now)
        if level != self._level:
            self._level = level
            self._player.level(level[0], muted=level[1])

    def _complain(self, presence: Presence) -> None:
        told = complaints(self._show, presence)
        for topic in TOPICS:
            if topic in told:
                self._board.post(topic, told[topic])
            else:
                self._board.clear(topic)

    def _note(self, wanted: Wanted, presence: Presence, now: float) -> None:
        before = self.scene
        self.scene = Scene(
            wanted=wanted,
            presence=presence,
            is_open=self._is_open,
            gain_db=self._line.gain_db(now),
        )
        if before is None or before.wanted.mode is not wanted.mode:
            log.info("show", mode=str(wanted.mode))
        if before is None or _gist(before) != _gist(self.scene):
            self._told(self.scene)

    def _next_look(self, now: float) -> float:
        """Return when the line moves on, or the sensors' verdict may change; else it is idle."""
        moves = self._line.begin <= now < self._line.end
        due = now + (RAMP_S if moves else IDLE_S)
        soon = (at for at in (self._line.begin, self._ears.due) if at > now)
        return min((due, *soon))


def _gist(scene: Scene) -> tuple[object, ...]:
    return scene.wanted.mode, scene.presence.present, scene.wanted.rest
