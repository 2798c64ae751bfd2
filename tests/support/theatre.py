"""The director in simulated time: a player, a projector with heat, and sensors that are told."""

from __future__ import annotations

import math

import msgspec

from lantern.config import Hours as HoursSettings
from lantern.config import Presence as PresenceSettings
from lantern.config import Sound as SoundSettings
from lantern.errors import Unavailable
from lantern.hardware.ports import BEAT_S, Level, ProjectorState, Refused
from lantern.hardware.projector.simulated import Make, Projection
from lantern.kiosk import lamp as lamps
from lantern.kiosk.director import Director, Scene, Sections
from lantern.kiosk.hours import Doors
from lantern.kiosk.lamp import Ask, Care, Lamp, Wait
from lantern.kiosk.senses import Senses
from lantern.kiosk.wanted import Mode, Screen
from lantern.kiosk.works import Playing, Work
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint

FILM = Work("film", "/films/film.mp4", still=False)


class Stage:
    """A player that takes its time to begin and to end (`works.Player`)."""

    def __init__(self, takes_s: float = 0.5) -> None:
        self.takes_s = takes_s
        self.now = 0.0
        self.connected = True
        self.truthful = True
        self.obeys = True
        self.levels: list[tuple[float, float, bool]] = []
        self._on = self._wished = False
        self._due = -math.inf

    def advance(self, now: float) -> None:
        self.now = now
        if self.obeys and now >= self._due:
            self._on = self._wished

    @property
    def report(self) -> Screen:
        work = FILM.name if self._on and self.connected else None
        return Screen(self.connected, work, self.truthful)

    @property
    def playing(self) -> Playing | None:
        return Playing(FILM, self.now) if self.report.work else None

    @property
    def audible_db(self) -> float:
        """Return how loud it is, -inf for nothing at all."""
        if not self.levels or self.report.work is None:
            return -math.inf
        _, gain_db, muted = self.levels[-1]
        return -math.inf if muted else gain_db

    def show(self, on: bool) -> None:
        if on is not self._wished:
            self._wished, self._due = on, self.now + self.takes_s

    def level(self, gain_db: float, *, muted: bool) -> None:
        self.levels.append((self.now, gain_db, muted))

    def skip(self, *, back: bool = False) -> None:
        raise AssertionError(back)

    def pause(self, paused: bool) -> None:
        raise AssertionError(paused)

    def say(self, text: str) -> None:
        raise AssertionError(text)


class Booth:
    """A projector that is kept as it is wished for, as `keeper` does it."""

    def __init__(self, care: Care, make: Make, now: float) -> None:
        self.model = Projection(make, now)
        self.lamp = Lamp()
        self.wished: bool | None = None
        self._care = care

    def wish(self, on: bool | None) -> None:
        self.wished = on

    @property
    def report(self) -> tuple[ProjectorState | None, float | None]:
        return self.lamp.state, self.lamp.answered

    def advance(self, now: float) -> None:
        """Ask and command what is due at `now`."""
        self.model.advance(now)
        while True:
            self.lamp, step = lamps.step(self.lamp, self.wished, now, self._care)
            if isinstance(step, Wait):
                return
            try:
                if isinstance(step, Ask):
                    self.lamp = lamps.answer(self.lamp, self.model.tell(now), now)
                else:
                    self.model.switch(now, on=step.on)
                    self.lamp = lamps.done(self.lamp, step, now, self._care)
            except Refused:
                self.lamp = lamps.refused(self.lamp, "refused", now)
            except Unavailable:
                self.lamp = lamps.silence(self.lamp, "deaf", now)


class Sensor:
    """A motion line that a test sets; it beats by itself, unless it is `silent`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.active = False
        self.silent = False
        self.due = 0.0

    def readings(self, now: float) -> list[Level]:
        if self.silent or now < self.due:
            return []
        self.due = now + BEAT_S / 2
        return [Level(self.name, now, self.active)]

    def open(self, post) -> None:
        raise AssertionError(post)

    def close(self) -> None:
        raise AssertionError


class Theatre:
    """A house: `go_on` lets time go by, each look when the director says that it is due."""

    def __init__(
        self,
        sections: Sections = Sections(),  # noqa: B008 - frozen
        presence: PresenceSettings = PresenceSettings(),  # noqa: B008 - frozen
        make: Make | None = None,
        *,
        hours: HoursSettings = HoursSettings(),  # noqa: B008 - the same
        wall: float = 1_800_000_000.0,
    ) -> None:
        self.now, self._wall, self._make = 100.0, wall, make
        self.sections, self._presence, self._hours = sections, presence, hours
        self.stage = Stage()
        self.sensor = Sensor("door")
        self.board = Noticeboard()
        self.scenes: list[Scene] = []
        projector = sections.projector
        care = Care(projector.warm_s, projector.cool_s, projector.minimum_off_s)
        self.booth = Booth(care, make, self.now) if make else None
        self.looks: list[float] = []
        self.restart()

    @property
    def sound(self) -> SoundSettings:
        return self.sections.sound

    @property
    def mode(self) -> Mode:
        assert self.director.scene is not None
        return self.director.scene.wanted.mode

    @property
    def wall(self) -> float:
        return self._wall + self.now

    def restart(self) -> None:
        """Begin anew, as after a crash of the daemon: player and projector stay as they are."""
        self.senses = Senses([self.sensor], self._presence, lambda: None, lambda: self.now)
        if self.booth:
            self.booth.lamp, self.booth.wished = Lamp(), None
        self.director = Director(
            self.sections,
            self.stage,
            self.senses,
            self.booth,
            doors=Doors(self._hours, self.now),
            board=self.board,
            awake=Hint(),
            now=self.now,
            synchronised=lambda: True,
            told=self.scenes.append,
        )
        self.due = self.now

    def come(self, active: bool = True) -> None:
        """Let somebody step up, or go; the sensor says so at once."""
        self.sensor.active, self.sensor.due = active, self.now
        self.due = self.now

    def order(self, **orders) -> None:
        self.director.obey(msgspec.structs.replace(self.director.orders, **orders))
        self.due = self.now

    def go_on(self, seconds: float) -> Mode:
        end = self.now + seconds
        while self.now <= end:
            for reading in self.sensor.readings(self.now):
                self.senses.post(reading)
            self.stage.advance(self.now)
            if self.booth:
                self.booth.advance(self.now)
            if self.now >= self.due:
                self.looks.append(self.now)
                self.due = self.director.step(self.now, self.wall)
                assert self.due > self.now, "a look at the same moment, without end"
            self.now = min(self.due, self.sensor.due if not self.sensor.silent else self.due)
        self.now = end
        return self.mode
