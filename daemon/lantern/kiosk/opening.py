"""Open works on the player: those that follow themselves so that they do it without a gap."""

from __future__ import annotations

import anyio

from lantern.kiosk.deck import Deck
from lantern.kiosk.stage import Size
from lantern.kiosk.upcoming import Upcoming
from lantern.kiosk.works import Work
from lantern.waiting import Hint

AWAIT_S = 0.5
"""So long a film waits for the one after it to be known: it may be itself."""

LAP_S = 0.5
"""What is shorter is no film, but a picture."""

SHORT_S = 0.1
"""Repetitions of a film that lack more than so much lack some of the film."""


class Opener:
    """Opens works on `deck`; `told` is given when another work is `upcoming`."""

    def __init__(self, deck: Deck, upcoming: Upcoming, told: Hint) -> None:
        self._deck = deck
        self._upcoming = upcoming
        self._told = told
        self._unmeasured: set[str] = set()
        """The films whose files do not tell how long they are."""

    async def open(self, work: Work, position_s: float) -> tuple[bool, Size]:
        """Open `work`; tell whether it begins anew by itself, and its picture's size.

        Raises:
            Spoiled: it cannot be played.
            NoDisplay: the display was lost.
        """
        if not work.still and await self._follows_itself(work):
            length_s = await self._deck.length_s(work)
            if length_s is not None and length_s >= LAP_S:
                picture = await self._deck.load(work, position_s, loops=True)
                if await self.laps_are_whole(work, length_s):
                    return True, picture
        return False, await self._deck.load(work, position_s)

    def repeats(self, work: Work, coming: Work, length_s: float | None) -> bool:
        """Tell whether `coming` is `work` again, and can be opened so that it begins anew."""
        measured = length_s is not None and length_s >= LAP_S and work.path not in self._unmeasured
        return coming.path == work.path and measured

    async def laps_are_whole(self, work: Work, length_s: float) -> bool:
        """Tell whether the repetitions that play are as long as the film, whose length is given."""
        lap_s = (await self._deck.progress()).length_s or 0.0
        if lap_s < length_s - SHORT_S:
            self._unmeasured.add(work.path)
        return work.path not in self._unmeasured

    async def _follows_itself(self, work: Work) -> bool:
        with anyio.move_on_after(AWAIT_S):
            while not (self._upcoming.work or self._upcoming.empty):
                await self._told.wait()
        coming = self._upcoming.work
        return coming is not None and self.repeats(work, coming, LAP_S)
