"""Count who comes to see the show, and have the counts written down now and then.

Thin: `visits` counts. What a killed daemon did not write down is lost, a few minutes' worth.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Awaitable, Callable, Sequence

import anyio

from lantern.catalog.visits import Visited
from lantern.errors import StateUnavailable
from lantern.kiosk.visits import Visits
from lantern.noticeboard import Noticeboard
from lantern.waiting import pause

WRITE_S = 600.0
"""How often: a page of a diagram is as new, and flash wears by writing."""

LAST_WORDS_S = 2.0

_TOPIC = "visits"


class Turnstile:
    """Counts by the hours of `zone`; `write` adds what was counted to what is known.

    `write` may raise `StateUnavailable`, after which nothing was added.
    """

    def __init__(
        self,
        zone: datetime.tzinfo,
        write: Callable[[Sequence[Visited]], Awaitable[None]],
        board: Noticeboard,
    ) -> None:
        self._visits = Visits(zone)
        self._write = write
        self._board = board
        self._present = False

    def note(self, present: bool) -> None:
        """Note whether somebody sees the show from now on; it may be said again."""
        self._present = present
        self._visits.note(present, wall=time.time(), now=time.monotonic())

    async def run(self) -> None:
        """Have the counts written down until cancelled, and then once more."""
        try:
            while True:
                await pause(WRITE_S)
                await self._write_down()
        finally:
            with anyio.move_on_after(LAST_WORDS_S, shield=True):
                await self._write_down()

    async def _write_down(self) -> None:
        self.note(self._present)
        hours = self._visits.take()
        if not hours:
            return
        try:
            await self._write(hours)
        except StateUnavailable as error:
            self._visits.give_back(hours)
            self._board.post(_TOPIC, f"visits are counted, and not written down: {error}")
        else:
            self._board.clear(_TOPIC)
