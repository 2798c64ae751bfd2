"""gpiozero's own polling beside ours, for the bench of presence: on the same simulated lines.

Somebody comes and goes before a motion line and before an ultrasonic sensor (`support.pins`: the
echo returns after the time that sound takes). Each is watched by gpiozero's class for it, as its
documentation shows, and by Lantern's adapter on the same kind of pins. Told are the milliseconds
from the step until somebody is said to be there, and what of one core the watching takes.
"""

import random
import threading
import time

import gpiozero

from lantern.hardware.gpio import LineSensor, UltrasonicSensor
from lantern.hardware.ports import Distance, Level
from support.pins import Board, Sonar

MOTION, TRIGGER, ECHO = 17, 23, 24
NEAR_M, REACH_M, THRESHOLD_M = 0.8, 4.0, 1.5
PATIENCE_S = 5.0


class Room:
    """One sensor on a board of its own; `there` is set while it says that somebody is."""

    def __init__(self):
        self.board = Board()
        self.there = threading.Event()

    def post(self, reading):
        """Take what Lantern's adapter says."""
        match reading:
            case Level(active=active):
                (self.there.set if active else self.there.clear)()
            case Distance(metres=metres):
                near = metres is not None and metres < THRESHOLD_M
                (self.there.set if near else self.there.clear)()


class Line(Room):
    """A motion line."""

    apart_s = (0.2, 0.4)
    """From a step to the next, by lot: it shall meet a poll at any moment."""

    def __init__(self):
        super().__init__()
        self._line = self.board.line(MOTION)

    def step(self, present):
        """Let somebody come or go."""
        self._line.drive(present)

    def ours(self):
        """Begin to watch by Lantern; return what ends it."""
        sensor = LineSensor("line", line=MOTION, active_high=True, pins=self.board.pins)
        sensor.open(self.post)
        return sensor.close

    def theirs(self):
        """Begin to watch by gpiozero; return what ends it."""
        sensor = gpiozero.MotionSensor(MOTION, pin_factory=self.board.factory)
        sensor.when_motion, sensor.when_no_motion = self.there.set, self.there.clear
        return sensor.close

    def end(self):
        """Take it down."""


class Range(Room):
    """An ultrasonic sensor."""

    apart_s = (0.6, 0.9)
    """Longer than the nine readings of which gpiozero takes the median."""

    def __init__(self):
        super().__init__()
        self._sonar = Sonar(self.board)

    def step(self, present):
        """Let somebody come or go."""
        self._sonar.metres = NEAR_M if present else None

    def ours(self):
        """Begin to watch by Lantern; return what ends it."""
        sensor = UltrasonicSensor(
            "range", trigger=TRIGGER, echo=ECHO, reach_m=REACH_M, pins=self.board.pins
        )
        sensor.open(self.post)
        return sensor.close

    def theirs(self):
        """Begin to watch by gpiozero; return what ends it."""
        sensor = gpiozero.DistanceSensor(
            ECHO,
            TRIGGER,
            max_distance=REACH_M,
            threshold_distance=THRESHOLD_M,
            pin_factory=self.board.factory,
        )
        sensor.when_in_range, sensor.when_out_of_range = self.there.set, self.there.clear
        return sensor.close

    def end(self):
        """Take it down."""
        self._sonar.unplug()


def beside(arrivals, seed=1):
    """Return the figures of so many arrivals before each sensor, watched either way."""
    figures = {}
    for kind, room in (("line", Line), ("range", Range)):
        for name, way in ((kind, "ours"), (f"gpiozero_{kind}", "theirs")):
            took_ms, cpu_percent = _watched(room(), way, arrivals, random.Random(seed))
            took_ms.sort()
            figures |= {
                f"{name}_edge_p50_ms": round(took_ms[len(took_ms) // 2], 2),
                f"{name}_edge_max_ms": round(took_ms[-1], 2),
                f"{name}_cpu_percent": round(cpu_percent, 2),
            }
    return figures


def _watched(room, way, arrivals, chance):
    """Return the milliseconds of each arrival, and the processor time of the whole in percent."""
    close = getattr(room, way)()
    began, used = time.monotonic(), time.process_time()
    try:
        took = [_arrival(room, chance) for _ in range(arrivals)]
    finally:
        close()
        room.end()
    return took, 100 * (time.process_time() - used) / (time.monotonic() - began)


def _arrival(room, chance):
    time.sleep(chance.uniform(*room.apart_s))
    at = time.monotonic()
    room.step(True)
    if not room.there.wait(PATIENCE_S):
        raise SystemExit(f"nobody was noticed within {PATIENCE_S:g} s")
    took_ms = (time.monotonic() - at) * 1e3
    room.step(False)
    until = time.monotonic() + PATIENCE_S
    while room.there.is_set():
        if time.monotonic() > until:
            raise SystemExit(f"that nobody is there was not noticed within {PATIENCE_S:g} s")
        time.sleep(0.01)
    return took_ms
