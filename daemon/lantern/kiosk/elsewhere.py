"""The player of a house whose picture comes from elsewhere: nothing plays it but the wish."""

from __future__ import annotations

from lantern.kiosk.wanted import Screen
from lantern.kiosk.works import Playing

_WORK = "elsewhere"


class Elsewhere:
    """A picture that is there when it is wished for (`works.Player`): not Lantern's business."""

    def __init__(self) -> None:
        self._on = False

    @property
    def report(self) -> Screen:
        """See `Player.report`."""
        return Screen(connected=True, work=_WORK if self._on else None)

    @property
    def playing(self) -> Playing | None:
        """See `Player.playing`: nobody knows what it is."""
        return None

    def show(self, on: bool) -> None:
        """See `Player.show`."""
        self._on = on

    def level(self, gain_db: float, *, muted: bool) -> None:
        """See `Player.level`: there is no sound to set."""

    def skip(self, *, back: bool = False) -> None:
        """See `Player.skip`: there is nothing to skip."""

    def pause(self, paused: bool) -> None:
        """See `Player.pause`: there is nothing to pause."""

    def say(self, text: str) -> None:
        """See `Player.say`: there is nowhere to say it."""
