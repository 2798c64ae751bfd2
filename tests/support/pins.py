"""GPIO lines with something on them: an ultrasonic sensor that pings, a line that somebody drives.

On gpiozero's mock pins, but from a thread of its own, as the kernel's edges come from one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from gpiozero.pins.mock import MockFactory, MockPin

from lantern.errors import Unavailable
from lantern.hardware.gpio import Driver, Pins

SOUND_M_S = 343.26  # what gpiozero reckons with
RISE_S = 0.00045  # from the trigger to the echo line's rise: the burst is 8 waves of 40 kHz
NO_ECHO_S = 0.038  # how long the line stays high if nothing echoes [HC-SR04 data sheet]


class Broken(Exception):
    """What a driver says by an error of its own."""


class Line(MockPin):
    """A pin whose edges carry the time at which they were, and which may refuse to be read."""

    broken = False

    def drive(self, level: bool, at: float | None = None) -> None:
        """Change the level as of the time `at`."""
        if self._state != level:
            self._state, self._last_change = level, time.monotonic() if at is None else at
            if self._when_changed is not None:
                self._call_when_changed()

    def _get_state(self) -> bool:
        if self.broken:
            raise Broken("GPIO not allocated")
        return self._state


class Trigger(Line):
    """The trigger of an ultrasonic sensor: the end of a pulse on it starts a measurement."""

    sonar: Sonar

    def _set_state(self, value: float) -> None:
        was = self._state
        super()._set_state(value)
        if was and not value:
            self.sonar.triggered.put(time.monotonic())


class Sonar:
    """An HC-SR04 on the lines 23 (trigger) and 24 (echo), before a wall at `metres`, None for none.

    `dead`: no power. `stuck`: its echo line does not fall any more.
    """

    def __init__(self, board: Board) -> None:
        self.metres: float | None = None
        self.dead = self.stuck = False
        self.pings: list[float] = []
        self.triggered: queue.Queue[float | None] = queue.Queue()
        self.echo = board.factory.pin(24, pin_class=Line)
        self.trigger = board.factory.pin(23, pin_class=Trigger)
        self.trigger.sonar = self
        self._thread = threading.Thread(target=self._run, name="sonar")
        self._thread.start()

    def unplug(self) -> None:
        """End the thread."""
        self.triggered.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (at := self.triggered.get()) is not None:
            if not self.dead and not self.echo._state:  # it takes no ping while it listens
                self.pings.append(at)
                self._ping(at)
            if not self.stuck and self.echo._state:
                self.echo.drive(False)

    def _ping(self, at: float) -> None:
        rise = at + RISE_S
        length_s = NO_ECHO_S if self.metres is None else 2 * self.metres / SOUND_M_S
        _sleep_until(rise)
        self.echo.drive(True, rise)
        _sleep_until(rise + length_s)
        if not self.stuck:
            self.echo.drive(False, rise + length_s)


class Board:
    """A Raspberry Pi's lines. `missing` has them not be there for whoever opens them."""

    def __init__(self) -> None:
        self.factory = MockFactory()
        self.factory.pin_class = Line
        self.missing = ""
        self.pins = Pins(self._driver)

    def line(self, number: int) -> Line:
        """Return the line of that BCM number."""
        return self.factory.pin(number, pin_class=Line)

    def _driver(self) -> Driver:
        if self.missing:
            raise Unavailable(self.missing)
        return Driver(self.factory, (Broken,))


def elsewhere(call: Callable[[], None]) -> None:
    """Call from another thread, and wait until it is done."""
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def _sleep_until(at: float) -> None:
    time.sleep(max(0.0, at - time.monotonic()))
