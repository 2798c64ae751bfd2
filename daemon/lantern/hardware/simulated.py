"""The simulated presence sensor: `hardware.room` in real time, from a thread of its own."""

from __future__ import annotations

import time

import msgspec

from lantern.hardware.ports import Post, Reading
from lantern.hardware.room import Room, Sonar, Spell, crowd
from lantern.hardware.sampling import Sampler


class SimulatedSensor:
    """A distance sensor before a room that fills and empties by itself (`PresenceSensor`).

    Somebody comes each `every_s` seconds on average. `spells` of trouble count from its opening.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int = 0,
        every_s: float = 60.0,
        rate_hz: float = 25.0,
        spells: tuple[Spell, ...] = (),
    ) -> None:
        self._name = name
        self._seed, self._every_s, self._spells = seed, every_s, spells
        self._sonar, self._opened = self._anew(), 0.0
        self._sampler = Sampler(name, rate_hz, self._ask)

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def open(self, post: Post) -> None:
        """Begin to post distances, with an empty room."""
        self._sonar, self._opened = self._anew(), time.monotonic()
        self._sampler.start(post)

    def close(self) -> None:
        """Stop. Idempotent."""
        self._sampler.stop()

    def _anew(self) -> Sonar:
        room = Room(crowd(self._seed, every_s=self._every_s))
        return Sonar(self._name, room, seed=self._seed, spells=self._spells)

    def _ask(self, at: float) -> Reading | None:
        reading = self._sonar.read(at - self._opened)
        return None if reading is None else msgspec.structs.replace(reading, at=at)
