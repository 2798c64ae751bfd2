"""Describing photos yields to the show: look at the machine and the visitors, and say how much.

Part of the daemon's composition: health and ingest do not know each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
import anyio.to_thread

from lantern import log
from lantern.health import machine, strain
from lantern.health.strain import Strain, Vitals
from lantern.waiting import pause

LOOK_S = 5.0
"""How often the machine is looked at: heat and memory take their time."""


class Easing:
    """Tells `ease` which share of the time, in [0, 1], is to be left unused (`Turns.ease`)."""

    def __init__(
        self,
        ease: Callable[[float], object],
        look: Callable[[], Vitals] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ease = ease
        self._look = look or vitals
        self._clock = clock
        self._vitals = Vitals()
        self._visitors = False
        self.strain = Strain()

    def watched(self, visitors: bool) -> None:
        """Take note whether visitors watch the show, which is heeded at once."""
        if visitors is not self._visitors:
            self._visitors = visitors
            self._apply()

    async def run(self) -> None:
        """Look at the machine until cancelled; then leave nothing to a show that is gone."""
        try:
            while True:
                self._vitals = await anyio.to_thread.run_sync(self._look)
                self._apply()
                await pause(LOOK_S)
        finally:
            self._ease(0.0)

    def _apply(self) -> None:
        before = self.strain
        now = self._clock()
        self.strain = strain.step(before, self._vitals, visitors=self._visitors, now=now)
        if self.strain.share != before.share:
            log.info("describing eased", share=self.strain.share, why=self.strain.reason)
        self._ease(self.strain.share)


def vitals() -> Vitals:
    """Return what this machine tells. Blocking, for milliseconds."""
    return Vitals(
        heat_c=machine.heat_c(),
        undervoltage=machine.undervoltage(),
        memory_free=machine.memory_free(),
        memory_stalled=machine.memory_stalled(),
    )
