"""The presence sensors as the show has them: opened, opened anew when they fall silent, heard.

Sensors post from threads of their own, which never wait: a reading goes into a bounded queue, of
which the newest are kept. Owns the sensors and the `presence.Watch` that they are heard by.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence

import anyio
import anyio.to_thread

from lantern import config, log
from lantern.errors import LanternError
from lantern.hardware.ports import Fault, PresenceSensor, Reading
from lantern.kiosk.presence import Watch
from lantern.kiosk.wanted import Presence
from lantern.waiting import pause

MOST_READINGS = 1000
"""Ten seconds of four fast sensors; a loop that is busy for longer hears the newest."""

CHECK_S = 5.0
"""How often a sensor's silence is looked at."""

REOPEN_S = 30.0
"""A sensor that has been silent for so long is closed and opened anew, as one that did not open."""

CLOSE_S = 5.0
"""However long a device takes to be let go of, nobody waits longer."""


class Senses:
    """All sensors. `changed` is called when the verdict is another, or soon may be."""

    def __init__(
        self,
        sensors: Sequence[PresenceSensor],
        settings: config.Presence,
        changed: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sensors = sensors
        self._changed = changed
        self._clock = clock
        now = clock()
        self._watch = Watch([sensor.name for sensor in sensors], settings, now)
        self._heard = {sensor.name: now for sensor in sensors}
        self._readings: deque[Reading] = deque(maxlen=MOST_READINGS)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._called = False
        self._told: tuple[bool | None, float] = None, 0.0

    async def run(self) -> None:
        """Keep every sensor open until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with anyio.create_task_group() as group:
            for sensor in self._sensors:
                group.start_soon(self._keep, sensor)

    def at(self, now: float) -> Presence:
        """Return what the sensors tell at `now`."""
        while self._readings:
            reading = self._readings.popleft()
            if not isinstance(reading, Fault):
                self._heard[reading.sensor] = reading.at
            self._watch.read(reading)
        return self._watch.at(now)

    @property
    def due(self) -> float:
        """Return when the verdict may change though nothing is read, inf if only by a fault."""
        return self._watch.due

    def post(self, reading: Reading) -> None:
        """Take a reading, from any thread; never blocks."""
        self._readings.append(reading)
        loop = self._loop
        if loop is not None and not self._called:
            self._called = True
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._hear)

    def _hear(self) -> None:
        self._called = False
        told = self.at(self._clock()).present, self._watch.due
        if told != self._told:
            self._told = told
            self._changed()

    async def _keep(self, sensor: PresenceSensor) -> None:
        """Open `sensor`, and open it anew whenever it has been silent for too long."""
        while True:
            try:
                if await self._opened(sensor):
                    await self._until_silent(sensor.name)
                else:
                    await pause(REOPEN_S)
            finally:
                with anyio.move_on_after(CLOSE_S, shield=True):
                    await anyio.to_thread.run_sync(sensor.close, abandon_on_cancel=True)

    async def _opened(self, sensor: PresenceSensor) -> bool:
        """Open `sensor`; where that fails the reason is told, and stands until it speaks."""
        try:
            await anyio.to_thread.run_sync(sensor.open, self.post, abandon_on_cancel=True)
        except Exception as error:  # noqa: BLE001 - drivers raise anything, and one costs no other
            if not isinstance(error, LanternError):
                log.error("sensor does not open", sensor=sensor.name, error=repr(error))
            self.post(Fault(sensor.name, self._clock(), str(error) or repr(error)))
            return False
        return True

    async def _until_silent(self, name: str) -> None:
        opened = self._clock()
        while self._clock() - max(opened, self._heard[name]) < REOPEN_S:
            await pause(CHECK_S)
