"""See to it that the picture is what it is believed to be: look at it, heal it, tell.

A service with a connection of its own to the player, beside the screen's. Thin: what is suspected
and what is done about it is decided by `kiosk.picture`. What this cannot see is whether the display
or projector shows what the player draws; `kiosk.keeper` asks the projector.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import anyio
import anyio.to_thread

from lantern import log
from lantern.errors import ProtocolError, Unavailable
from lantern.kiosk import opinion, peer
from lantern.kiosk.grab import WRITTEN_SO, squares
from lantern.kiosk.mpv import Mpv, NotDone, connected
from lantern.kiosk.picture import (
    ALIKE,
    ARGUABLE,
    Cure,
    Glance,
    Remedy,
    Suspicion,
    Watch,
    difference,
    is_black,
)
from lantern.kiosk.works import Playing, Work
from lantern.noticeboard import Noticeboard
from lantern.waiting import pause

LOOK_S = 5.0
"""How often is looked: a picture is copied and written, some megabytes each time."""

DRAWN_S = 60.0
"""How often what is drawn is looked at: the graphics chip draws it once more for that."""

HUNG_S = 15.0
"""A player that answers nothing for so long hangs."""

AGAIN_S = 1.0

_TOPIC = "picture"


class Expected(Protocol):
    """What is to be seen: `screen.Expected`."""

    @property
    def moving(self) -> bool:
        """Tell whether it is another picture from moment to moment."""
        ...


class Watched(Protocol):
    """The screen, as far as it is watched: `screen.Screen`."""

    @property
    def expected(self) -> Expected | None:
        """Return what is to be seen, None where nothing can be said now."""
        ...

    @property
    def playing(self) -> Playing | None:
        """Return what plays."""
        ...

    def doubt(self, reason: str) -> None:
        """Take note why the picture cannot be believed, "" that it can."""
        ...

    def reload(self) -> None:
        """Open anew what plays."""
        ...

    def skip(self) -> None:
        """Go to the next work."""
        ...


class Truth:
    """Watches what `screen` plays on the player at `socket`, by pictures written into `folder`.

    `spoiled` is told of works that decode to nothing; what nothing heals is put up on `board`.
    `decoded` gives a second opinion.
    """

    def __init__(  # noqa: PLR0913 - it is where the picture, its player and its work meet
        self,
        screen: Watched,
        socket: Path,
        folder: Path,
        board: Noticeboard,
        *,
        spoiled: Callable[[Work, str], object],
        decoded: Callable[[str, float], Awaitable[bytes | None]] = opinion.decoded,
    ) -> None:
        self._screen = screen
        self._socket = socket
        self._grab = folder / "grab.png"
        self._board = board
        self._spoiled = spoiled
        self._decoded = decoded
        self._watch = Watch()
        self._cure = Cure()
        self._player: peer.Peer | None = None
        self._draws_at: float | None = 0.0
        self._blind = True

    async def run(self) -> None:
        """Watch until cancelled, whenever there is a player."""
        while True:
            try:
                with contextlib.closing(peer.listening_at(self._socket)) as self._player:
                    await self._attend()
            except (Unavailable, ProtocolError) as error:
                log.debug("picture unwatched", reason=str(error))
            await pause(AGAIN_S)

    async def _attend(self) -> None:
        """Watch on one connection, until it is lost; end a player that hangs."""
        try:
            async with connected(self._socket, lambda _: None, patience_s=HUNG_S) as mpv:
                await self._prepare(mpv)
                while True:
                    await self._look(mpv)
                    await pause(LOOK_S)
        except Unavailable:
            await pause(AGAIN_S)  # one that was killed is gone by then
            if self._player and self._player.lives:
                self._heal("the player does not answer", answers=False)
        finally:
            self._watch.forget()
            self._grab.unlink(missing_ok=True)

    async def _prepare(self, mpv: Mpv) -> None:
        self._draws_at = 0.0
        self._grab.parent.mkdir(parents=True, exist_ok=True)
        await mpv.tell(*(("set_property", name, value) for name, value in WRITTEN_SO.items()))

    async def _look(self, mpv: Mpv) -> None:
        glance = await self._glance(mpv)
        suspicion = self._watch.look(glance)
        if glance and suspicion and await self._is_meant(suspicion, glance):
            self._watch.believe()
        elif suspicion:
            self._heal(f"the picture {suspicion}", answers=True)
        elif self._watch.is_well:
            self._praise()

    # What is seen ------------------------------------------------------------------------------

    async def _glance(self, mpv: Mpv) -> Glance | None:
        """Return what is to be seen; None where something began or ended meanwhile."""
        expected, playing = self._screen.expected, self._screen.playing
        position_s = (await mpv.look("time-pos"))["time-pos"]  # that it answers matters always
        if expected is None or playing is None:
            return None
        moves = expected.moving and not playing.work.still
        frame = await self._picture(mpv, "video")
        shown = await self._drawn(mpv)
        if self._screen.expected is None or not self._plays(playing.work):
            return None
        self._blind = self._blind and frame is None
        now = time.monotonic()
        return Glance(now, playing.work.name, position_s, frame, shown, moves, self._blind)

    def _plays(self, work: Work) -> bool:
        return self._screen.playing is not None and self._screen.playing.work == work

    async def _drawn(self, mpv: Mpv) -> bytes | None:
        """Return what is drawn, where it is time to look: at once again after a black one."""
        now = time.monotonic()
        if self._draws_at is None or now < self._draws_at:
            return None
        shown = await self._picture(mpv, "window")
        if shown is None:
            self._draws_at = None  # not every way of drawing can tell
        else:
            self._draws_at = now if is_black(shown) else now + DRAWN_S
        return shown

    async def _picture(self, mpv: Mpv, which: str) -> bytes | None:
        try:
            await mpv.ask("screenshot-to-file", str(self._grab), which)
        except NotDone:
            return None
        return await anyio.to_thread.run_sync(lambda: squares(self._grab.read_bytes()))

    async def _is_meant(self, suspicion: Suspicion, glance: Glance) -> bool:
        """Tell whether a second opinion agrees, or finds nothing, which is the work's fault."""
        playing = self._screen.playing
        if suspicion not in ARGUABLE or playing is None:
            return False
        try:
            seen = await self._decoded(playing.work.path, playing.position_s)
        except (Unavailable, ProtocolError) as error:
            log.warning("no second opinion", work=playing.work.name, reason=str(error))
            return False
        if seen is None:
            self._spoiled(playing.work, f"nothing is decoded at {playing.position_s:.0f} s")
            self._screen.skip()
            return True
        return glance.frame is not None and difference(seen, glance.frame) < ALIKE

    # What is done ------------------------------------------------------------------------------

    def _heal(self, wrong: str, *, answers: bool) -> None:
        self._screen.doubt(wrong)
        remedy = self._cure.ill(time.monotonic(), answers=answers)
        self._watch.forget()
        if remedy is None:
            return
        log.warning("picture doubted", reason=wrong, remedy=str(remedy))
        if self._cure.is_at_its_end:
            self._board.post(_TOPIC, _helpless(wrong))
        if remedy is Remedy.RELOAD:
            self._screen.reload()
        elif self._player:
            self._end(self._player)

    def _end(self, player: peer.Peer) -> None:
        try:
            player.kill()
        except Unavailable as error:
            self._board.post(_TOPIC, str(error))

    def _praise(self) -> None:
        self._screen.doubt("")
        self._cure.well(time.monotonic())
        if not self._cure.is_at_its_end:
            self._board.clear(_TOPIC)


def _helpless(wrong: str) -> str:
    return (
        f"{wrong}; neither loading the work anew nor starting the player anew has helped. Look at "
        "the player's log; it is tried again, ever more seldom"
    )
