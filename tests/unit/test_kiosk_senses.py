"""A sensor that floods, by thousands of readings a second, beside one that can be trusted."""

import threading
import time

import anyio

from lantern.config import Presence
from lantern.hardware.ports import BEAT_S, Level
from lantern.kiosk.senses import MOST_READINGS, Senses

FLOOD_S = 1.5
LEAST_TURNS = 10
"""Of the loop meanwhile, on a machine that has other work to do."""


BURST, PAUSE_S = 200, 0.01


class Flood:
    """A sensor that raves, from several threads."""

    name = "flood"

    def __init__(self):
        self.posted = 0
        self._ends = threading.Event()
        self._threads = []

    def open(self, post):
        self._threads = [threading.Thread(target=self._rave, args=(post,)) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def close(self):
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _rave(self, post):
        while not self._ends.wait(PAUSE_S):
            for _ in range(BURST):
                self.posted += 1
                post(Level(self.name, time.monotonic(), self.posted % 2 == 0))


class Good:
    """A sensor that sees somebody, and says so as often as it must."""

    name = "good"

    def __init__(self):
        self._ends = threading.Event()
        self._thread = None

    def open(self, post):
        self._thread = threading.Thread(target=self._speak, args=(post,))
        self._thread.start()

    def close(self):
        self._ends.set()
        self._thread.join()

    def _speak(self, post):
        while not self._ends.wait(BEAT_S / 8):
            post(Level(self.name, time.monotonic(), True))


def test_a_flood_of_readings_stops_nothing_is_bounded_and_hides_no_other_sensor():
    flood, turns = Flood(), 0
    senses = Senses([flood, Good()], Presence(), changed=lambda: None)

    async def listen():
        nonlocal turns
        async with anyio.create_task_group() as group:
            group.start_soon(senses.run)
            until = time.monotonic() + FLOOD_S
            while time.monotonic() < until:
                await anyio.sleep(0.01)
                turns += 1
            group.cancel_scope.cancel()

    anyio.run(listen)
    assert turns > LEAST_TURNS
    assert flood.posted > 2 * MOST_READINGS
    assert len(senses._readings) <= MOST_READINGS
    presence = senses.at(time.monotonic())
    assert presence.present is True
    assert [name for name, _ in presence.faults] == ["flood"]
