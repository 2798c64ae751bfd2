"""What plays, and who plays it: the words between director, playlist and screen.

The screen asks `Works` for the next work while one plays, so that the picture is made and the film
opened beforehand; the director only says whether there is a picture, and how loud.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from lantern.kiosk.wanted import Screen


class Work(msgspec.Struct, frozen=True):
    """One photo or film. `name` is what people call it, unique, and the same after a restart.

    `path` is absolute and can be given to the player as it is. A film has sound and a length; a
    photo (`still`) stays as long as the owner wants, with its `sentence`.
    """

    name: str
    path: str
    still: bool
    sentence: str = ""


class Playing(msgspec.Struct, frozen=True):
    """What is on the screen: `position_s` seconds into `work`, standing still if `paused`."""

    work: Work
    position_s: float
    paused: bool = False


class Works(Protocol):
    """Hands out works one after the other, without end."""

    async def next(self) -> Work | None:
        """Return the work to play next, ready to be opened; None while there is none at all."""
        ...

    async def previous(self) -> Work | None:
        """Step back: return the work before the one handed out last, None where none is known."""
        ...

    async def resume(self, name: str) -> Work | None:
        """Return the work of that name, so that `next` goes on after it; None if it is gone."""
        ...

    def spoiled(self, work: Work, reason: str) -> None:
        """Take note that `work` cannot be played, for a time: it is passed over and reported."""
        ...

    async def changed(self) -> None:
        """Return once what is handed out is another than before: a new programme, a first photo.

        What was handed out and has not begun to play is void then.
        """
        ...


class Player(Protocol):
    """The screen, as the director uses it. No method blocks, and each may be said again."""

    @property
    def report(self) -> Screen:
        """Return how the player is."""
        ...

    @property
    def playing(self) -> Playing | None:
        """Return what is on the screen, None for nothing."""
        ...

    def show(self, on: bool) -> None:
        """Wish for a picture, or for none at all: `report.work` is None once it is gone."""
        ...

    def level(self, gain_db: float, *, muted: bool) -> None:
        """Set how loud it is from now on, in decibels below the recording, in [-60, 0]."""
        ...

    def skip(self, *, back: bool = False) -> None:
        """Go to the next work, or back to the one before."""
        ...

    def pause(self, paused: bool) -> None:
        """Let the work stand still, or go on."""
        ...

    def say(self, text: str) -> None:
        """Show `text` large over the picture until told otherwise; "" takes it away."""
        ...
