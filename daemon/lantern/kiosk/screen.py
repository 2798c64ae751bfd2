"""The screen: what plays and how it looks, on a player that may die at any time.

A `Player` for the director, and a service: `run` connects to the player whenever it is there, and
begins a `sitting` that goes on where the last one ended. Wishes are left in `wishes`, and what is
told of the screen is read from `stand`; neither ever waits for the player.
"""

from __future__ import annotations

import math
from pathlib import Path

import anyio
import msgspec

from lantern import config, log
from lantern.errors import LanternError
from lantern.heartbeat import watched
from lantern.kiosk import wanted
from lantern.kiosk.deck import Deck
from lantern.kiosk.mpv import PATIENCE_S, connected
from lantern.kiosk.sitting import Sitting
from lantern.kiosk.stage import Size
from lantern.kiosk.stand import Stand
from lantern.kiosk.upcoming import Upcoming
from lantern.kiosk.wishes import Wishes
from lantern.kiosk.works import Playing, Works
from lantern.noticeboard import Noticeboard
from lantern.waiting import pause

AGAIN_S = 0.5
"""How often a player that is not there is looked for."""

USUAL = Size(1920, 1080)
"""The display's size, before there was one to ask."""

SILENT = "null"
"""The audio device of a show that is to have no sound."""


class Expected(msgspec.Struct, frozen=True):
    """All of a picture is to be seen now, and it is `moving` from moment to moment, or not."""

    moving: bool


class Screen:
    """Plays `works` on the player at `socket`; reports a missing display, or sound, to `board`."""

    def __init__(
        self, works: Works, settings: config.Show, socket: Path, board: Noticeboard
    ) -> None:
        self._settings = settings
        self._socket = socket
        self._board = board
        self._wishes = Wishes()
        self._stand = Stand()
        self._upcoming = Upcoming(works, self._wishes.hint)
        self._doubt = ""

    # What the director uses: `works.Player` -----------------------------------------------------

    @property
    def report(self) -> wanted.Screen:
        """Return how the player is."""
        playing = self._stand.playing
        name = playing.work.name if playing else None
        return wanted.Screen(self._stand.connected, name, truthful=not self._doubt)

    @property
    def playing(self) -> Playing | None:
        """Return what is on the screen, None for nothing."""
        return self._stand.playing if self._stand.connected else None

    def show(self, on: bool) -> None:
        """Wish for a picture, or for none at all: `report.work` is None once it is gone."""
        if on is not self._wishes.on:
            self._wishes.on = on
            self._wishes.hint.give()

    def level(self, gain_db: float, *, muted: bool) -> None:
        """Set how loud it is from now on, in decibels below the recording, in [-60, 0]."""
        self._wishes.gain_db, self._wishes.muted = gain_db, muted
        self._wishes.louder.give()

    def skip(self, *, back: bool = False) -> None:
        """Go to the next work, or back to the one before."""
        self._wishes.skip = -1 if back else 1
        self._wishes.hint.give()

    def pause(self, paused: bool) -> None:
        """Let the work stand still, or go on."""
        self._wishes.paused = paused
        self._wishes.hint.give()

    def say(self, text: str) -> None:
        """Show `text` large over the picture until told otherwise; "" takes it away."""
        self._wishes.words = text
        self._wishes.hint.give()

    def remark(self, text: str) -> None:
        """Show `text` small in a corner until told otherwise; "" takes it away."""
        if text != self._wishes.remark:
            self._wishes.remark = text
            self._wishes.hint.give()

    # What the playlist and whoever watches the picture use ---------------------------------------

    @property
    def size(self) -> tuple[int, int]:
        """Return the width and height in pixels that a picture is best made for.

        These are the display's, with room for the photo to come nearer.
        """
        canvas, zoom = self._stand.canvas or USUAL, self._settings.zoom
        return math.ceil(canvas.width * zoom), math.ceil(canvas.height * zoom)

    @property
    def expected(self) -> Expected | None:
        """Return what is to be seen, None while something fades, opens, or is not there."""
        if not self._stand.connected or not self._stand.steady:
            return None
        return Expected(self._stand.moving)

    def doubt(self, reason: str) -> None:
        """Say why the picture cannot be believed, "" that it can."""
        self._doubt = reason

    def reload(self) -> None:
        """Open anew what plays, and go on where it was."""
        self._wishes.afresh = True
        self._wishes.hint.give()

    # The service -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Play until cancelled; the player goes on with what it plays then."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watched, "the work to come", self._upcoming.run)
            tasks.start_soon(self._complain)
            while True:
                await self._sit()
                await pause(AGAIN_S)

    async def _sit(self) -> None:
        """Play for as long as there is a player."""
        deck = Deck(self._wishes.hint)
        sitting = Sitting(deck, self._wishes, self._upcoming, self._stand, self._settings)
        try:
            async with connected(self._socket, deck.hear, PATIENCE_S) as mpv:
                await sitting.run(mpv)
        except LanternError as error:
            self._lost(error)

    def _lost(self, error: LanternError) -> None:
        if self._stand.connected:
            log.warning("player lost", reason=str(error))
        if deadly := self._stand.lost():
            self._upcoming.spoiled(deadly, "the player died of it twice")

    async def _complain(self) -> None:
        """Keep the board true."""
        while True:
            for topic, sentence in self._complaints.items():
                if sentence:
                    self._board.post(topic, sentence)
                else:
                    self._board.clear(topic)
            await anyio.sleep(1)

    @property
    def _complaints(self) -> dict[str, str]:
        """Return a sentence for each topic, "" where all is well."""
        stand, audio = self._stand, self._settings.audio
        blind = stand.connected and stand.blind is not None
        unheard = stand.unheard and audio != SILENT
        return {
            "display": _blind(stand.blind or "") if blind else "",
            "sound": _unheard(audio) if unheard else "",
        }


def _blind(why: str) -> str:
    told = f" ({why})" if why else ""
    return f"no display to play on{told}; is it connected and on? It is looked for again and again"


def _unheard(audio: str) -> str:
    return (
        f'no sound device by show.audio = "{audio}"; connect it, or set show.audio to one that '
        f'"mpv --audio-device=help" lists ("{SILENT}" for no sound), then start lantern screen anew'
    )
