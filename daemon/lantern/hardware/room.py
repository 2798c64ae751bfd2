"""A simulated room: people walk in, dwell, wander and leave before a distance sensor that errs.

Pure: everything follows from a seed and the times that are passed in, so that hours run within a
second. `hardware.simulated` runs it in real time. Metres, with the sensor at (0, 0) looking along
y; seconds of whatever clock the caller goes by.
"""

from __future__ import annotations

import enum
import itertools
import math
import random
from collections.abc import Iterable, Iterator

import msgspec

from lantern.hardware.ports import Distance

BODY_M = 0.2
"""From the middle of somebody to the side that an echo comes from."""

WALK_M_S = 1.2
"""How fast people stroll; looking for a place to stand they take a third of it."""


class Point(msgspec.Struct, frozen=True):
    """Where somebody is at the time `at`."""

    at: float
    x: float
    y: float

    @property
    def far_m(self) -> float:
        """Return how far the sensor is."""
        return math.hypot(self.x, self.y)

    @property
    def off_deg(self) -> float:
        """Return how far off the sensor's axis the nearest part of the body is."""
        middle = math.degrees(math.atan2(abs(self.x), self.y))
        return middle - math.degrees(math.atan2(BODY_M, self.far_m))


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who goes straight from each point of `path` to the next."""

    path: tuple[Point, ...]

    def position(self, at: float) -> Point | None:
        """Return where somebody is at `at`, None for elsewhere."""
        for start, stop in itertools.pairwise(self.path):
            if start.at <= at < stop.at:
                share = (at - start.at) / (stop.at - start.at)
                x, y = start.x + share * (stop.x - start.x), start.y + share * (stop.y - start.y)
                return Point(at, x, y)
        return None


def crowd(seed: int, *, begin: float = 0.0, every_s: float = 60.0) -> Iterator[Visitor]:
    """Return whoever comes after `begin`, one each `every_s` on average, without end.

    One in three only passes. The others try one to three places, and stay half a minute at each.
    """
    chance = random.Random(seed)  # noqa: S311 - a room, not a secret
    while True:
        begin += chance.expovariate(1 / every_s)
        yield _passer(chance, begin) if chance.random() < 1 / 3 else _guest(chance, begin)


def _passer(chance: random.Random, at: float) -> Visitor:
    side, far_m = chance.choice((-1, 1)), chance.uniform(2.6, 3.6)
    return Visitor((Point(at, 3.0 * side, far_m), Point(at + 6.0 / WALK_M_S, -3.0 * side, far_m)))


def _guest(chance: random.Random, at: float) -> Visitor:
    path = [Point(at, chance.choice((-3.0, 3.0)), 3.5)]
    for _ in range(chance.randint(1, 3)):
        x, y = chance.gauss(0, 0.1), chance.uniform(0.6, 1.2)
        path.append(_walk(path[-1], x, y, WALK_M_S if len(path) == 1 else WALK_M_S / 3))
        path.append(Point(path[-1].at + chance.lognormvariate(math.log(30), 0.8), x, y))
    path.append(_walk(path[-1], chance.choice((-3.0, 3.0)), 3.5, WALK_M_S))
    return Visitor(tuple(path))


def _walk(start: Point, x: float, y: float, metres_s: float) -> Point:
    return Point(start.at + math.dist((start.x, start.y), (x, y)) / metres_s, x, y)


class Room:
    """Who is there. Asked for times that never run backwards."""

    def __init__(self, visitors: Iterable[Visitor]) -> None:
        self._coming = iter(visitors)
        self._next = next(self._coming, None)
        self._here: list[Visitor] = []

    def people(self, at: float) -> list[Point]:
        """Return where everybody is."""
        while self._next is not None and self._next.path[0].at <= at:
            self._here.append(self._next)
            self._next = next(self._coming, None)
        self._here = [visitor for visitor in self._here if visitor.path[-1].at > at]
        return [point for visitor in self._here if (point := visitor.position(at))]


class Echoes(msgspec.Struct, frozen=True):
    """How good a distance sensor is; by default an HC-SR04 on a wall of a noisy room.

    `cone_deg` is half its beam and `reach_m` how far it hears [HC-SR04 data sheet: 15 degrees,
    4 m]. `noise_m` is the standard deviation. `lost`, `detoured` and `false` are the shares of
    echoes that get lost, come over the wall, and come though nobody is there.
    """

    cone_deg: float = 15.0
    reach_m: float = 4.0
    noise_m: float = 0.01
    lost: float = 0.05
    detoured: float = 0.01
    false: float = 0.002


class Trouble(enum.StrEnum):
    """What may befall a sensor."""

    STUCK = "stuck"
    SILENT = "silent"
    NOISY = "noisy"


class Spell(msgspec.Struct, frozen=True):
    """A time of `trouble`, from `begin` to before `end`."""

    trouble: Trouble
    begin: float
    end: float


class Sonar:
    """An ultrasonic distance sensor in a `room`."""

    def __init__(
        self,
        name: str,
        room: Room,
        *,
        seed: int = 0,
        echoes: Echoes = Echoes(),  # noqa: B008 - frozen
        spells: Iterable[Spell] = (),
    ) -> None:
        self.name = name
        self._room = room
        self._echoes = echoes
        self._spells = tuple(spells)
        self._chance = random.Random(seed)  # noqa: S311 - noise, not a secret

    def distance_m(self, at: float) -> float | None:
        """Return how far the nearest body in the beam truly is, None for none."""
        found = [
            point.far_m - BODY_M
            for point in self._room.people(at)
            if point.off_deg <= self._echoes.cone_deg
        ]
        return min((metres for metres in found if metres <= self._echoes.reach_m), default=None)

    def read(self, at: float) -> Distance | None:
        """Return what the sensor says, None for nothing."""
        match self.trouble(at):
            case Trouble.SILENT:
                return None
            case Trouble.STUCK:
                return Distance(self.name, at, 0.5)
            case Trouble.NOISY:
                return Distance(self.name, at, self._chance.uniform(0, self._echoes.reach_m))
        return Distance(self.name, at, self._echo(self.distance_m(at)))

    def trouble(self, at: float) -> Trouble | None:
        """Return what is the matter with the sensor, None for nothing."""
        spells = (spell.trouble for spell in self._spells if spell.begin <= at < spell.end)
        return next(spells, None)

    def _echo(self, metres: float | None) -> float | None:
        chance, echoes = self._chance, self._echoes
        if metres is None:
            return chance.uniform(0, echoes.reach_m) if chance.random() < echoes.false else None
        if chance.random() < echoes.lost:
            return None
        detour_m = chance.uniform(0.2, 1.5) if chance.random() < echoes.detoured else 0.0
        return max(0.0, chance.gauss(metres + detour_m, echoes.noise_m))


def readings(
    sonar: Sonar, *, begin: float, end: float, rate_hz: float = 25.0
) -> Iterator[Distance]:
    """Return what `sonar` says from `begin` to before `end`: hours, as fast as they are taken."""
    times = (begin + number / rate_hz for number in range(math.ceil((end - begin) * rate_hz)))
    return (reading for at in times if (reading := sonar.read(at)))
