"""What is wished of the screen, by the director and by people, until the player has done it.

Whoever wishes never waits: a wish is left here, and the one task that plays is woken.
"""

from __future__ import annotations

from lantern.kiosk.ramp import FLOOR_DB
from lantern.waiting import Hint


class Wishes:
    """The wishes of the moment. `hint` wakes who plays, `louder` who sets the level."""

    def __init__(self) -> None:
        self.hint = Hint()
        self.louder = Hint()
        self.on: bool | None = None
        """Whether there is to be a picture; None while nobody has said: it stays as it is."""
        self.paused = False
        self.skip = 0
        """Works to go forward, or back if below 0."""
        self.afresh = False
        """Whether what plays is to be opened anew."""
        self.words = ""
        self.remark = ""
        """What stands small in a corner, "" for nothing."""
        self.gain_db = FLOOR_DB
        self.muted = True

    @property
    def volume(self) -> float:
        """Return the gain as mpv's volume, whose cube is the amplitude (player/audio.c)."""
        return float(100.0 * 10 ** (self.gain_db / 60))

    def take_skip(self) -> int:
        """Return how many works to go, and forget it."""
        skip, self.skip = self.skip, 0
        return skip

    def take_afresh(self) -> bool:
        """Return whether to open the work anew, and forget it."""
        afresh, self.afresh = self.afresh, False
        return afresh
