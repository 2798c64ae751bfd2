"""The simulated presence sensor: `hardware.room` in real time, from a thread of its own."""

from __future__ import annotations

import threading
import time

import msgspec

from lantern.hardware.ports import Post
from lantern.hardware.room import Room, Sonar, Spell, crowd


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
        self._sonar = Sonar(name, Room(crowd(seed, every_s=every_s)), seed=seed, spells=spells)
        self._period_s = 1 / rate_hz
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def open(self, post: Post) -> None:
        """Begin to post distances."""
        self._thread = threading.Thread(target=self._run, args=(post,), name=self._name)
        self._thread.start()

    def close(self) -> None:
        """Stop. Idempotent."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, post: Post) -> None:
        opened = due = time.monotonic()
        while not self._closing.wait(max(0.0, due - time.monotonic())):
            at = time.monotonic()
            reading = self._sonar.read(at - opened)
            if reading is not None:
                post(msgspec.structs.replace(reading, at=at))
            due = max(due + self._period_s, at)
