"""Sensors before which people step when a bench says so, and that keep what they told."""

import threading
import time

from lantern.hardware.board import Board
from lantern.hardware.ports import BEAT_S, Distance, Level
from lantern.link.messages import Light
from support.boards import SimulatedBoard


class Line:
    """A digital sensor; a test's thread says when somebody comes and goes (`PresenceSensor`)."""

    name = "line"
    rate_s = BEAT_S / 2

    def __init__(self):
        self.readings, self.edges = [], []
        self._wake = threading.Event()
        self._present = self._stopped = False

    def open(self, post):
        """Begin to post."""
        self._post, self._stopped = post, False
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        """Stop."""
        self._stopped = True
        self._wake.set()

    def come(self, present):
        """Let somebody come or go."""
        self._present = present
        self._wake.set()

    def _reading(self, at):
        return Level(self.name, at, self._present)

    def _run(self):
        before = False
        while not self._stopped:
            at, now = time.monotonic(), self._present
            reading = self._reading(at)
            if now and not before:
                self.edges.append(at)
            before = now
            self.readings.append(reading)
            self._post(reading)
            self._rest()

    def _rest(self):
        self._wake.wait(self.rate_s)
        self._wake.clear()


class Echo(Line):
    """A distance sensor that listens 25 times a second, whoever comes."""

    name = "echo"
    rate_s = 0.04

    def _reading(self, at):
        return Distance(self.name, at, 0.8 if self._present else None)

    def _rest(self):
        time.sleep(self.rate_s)


class Chip:
    """The presence board, before which people step to 1 m and away (`PresenceSensor`)."""

    name = "board"

    def __init__(self):
        self.readings, self.edges = [], []
        self._there = SimulatedBoard("chip", paced=True)
        self._board = Board(
            self.name, self._there.device, enter_m=1.5, leave_m=2.0, motion=False, light=Light.OFF
        )

    def open(self, post):
        """Begin to post."""

        def keep(reading):
            self.readings.append(reading)
            post(reading)

        self._board.open(keep)

    def close(self):
        """Stop."""
        self._board.close()

    def come(self, present):
        """Let somebody come or go."""
        if present:
            self.edges.append(time.monotonic())
        self._there.stand(1000 if present else None)
