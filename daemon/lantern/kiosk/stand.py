"""How far the show on the screen is, whichever player plays it: what outlives a lost connection.

Pure; `kiosk.sitting` keeps it true, `kiosk.screen` tells it.
"""

from __future__ import annotations

from lantern.kiosk.showing import Showing
from lantern.kiosk.stage import Size
from lantern.kiosk.works import Playing, Work

DEADLY_S = 10.0
"""A player that dies within so many seconds of a work may have died of it."""

DEATHS = 2
"""So many make it certain enough."""

UNHEARD_S = 3.0
"""A film whose sound went nowhere for so long has no device for it."""


class Stand:
    """What plays, and what is to be played next by a player that knows nothing."""

    def __init__(self) -> None:
        self.connected = False
        self.playing: Playing | None = None
        self.turn: tuple[Work, float] | None = None
        """The work that is to begin, and where in it; None for whichever comes next."""
        self.suspect: Work | None = None
        """The work that the player would have died of, if it died now."""
        self.steady = False
        self.moving = False
        self.blind: str | None = None
        """Why there is no display, by the player's words; None while there is one, or no need."""
        self.canvas: Size | None = None
        """The size of the display, once there was one."""
        self._unheard_s = 0.0
        self._deaths: dict[str, int] = {}

    @property
    def unheard(self) -> bool:
        """Tell whether there is no device for the sound of films."""
        return self._unheard_s >= UNHEARD_S

    def sounds(self, way: str | None, passed_s: float) -> None:
        """Take note of the way that a film's sound took for `passed_s`, None for no sound."""
        if way is not None:
            self._unheard_s = self._unheard_s + passed_s if way == "null" else 0.0

    def shows(self, showing: Showing) -> None:
        """Take note of how far `showing` is."""
        self.blind = None
        self.playing = Playing(showing.work, showing.position_s, showing.paused)
        self.steady, self.moving = showing.is_steady, showing.is_moving
        if showing.shown_s > DEADLY_S:
            self.suspect = None
            self._deaths.pop(showing.work.name, None)

    def opens(self, work: Work) -> None:
        """Take note that the player is about to open `work`."""
        self.suspect = work
        self.steady = False

    def empty(self) -> None:
        """Take note that nothing is on the display."""
        self.blind = None
        self.playing = self.suspect = None
        self.steady = False

    def lacks_display(self, why: str) -> None:
        """Take note that there is no display."""
        self.empty()
        self.blind = why

    def lost(self) -> Work | None:
        """Take note that the player is gone: the next goes on where it was.

        Return the work that players die of, if that is so.
        """
        self.connected = self.steady = False
        self._unheard_s = 0.0
        if self.playing and self.turn is None:
            self.turn = (self.playing.work, self.playing.position_s)
        suspect, self.suspect = self.suspect, None
        if suspect is None:
            return None
        self._deaths[suspect.name] = self._deaths.get(suspect.name, 0) + 1
        if self._deaths[suspect.name] < DEATHS:
            return None
        del self._deaths[suspect.name]
        self.turn = None
        return suspect
