"""The guest book at work: asks on the screen, takes the picture, keeps it among the photos.

Thin: `guests` decides. Owns button and words on the screen; the camera it may share with a sensor.
What cannot be taken or kept is told under "guests", and stops nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import anyio
import anyio.to_thread
import msgspec

from lantern import config, log
from lantern.errors import Unavailable
from lantern.hardware.ports import Button, Camera
from lantern.kiosk import guests
from lantern.kiosk.guests import Book, Phase, Sight
from lantern.kiosk.keepsake import keep
from lantern.kiosk.works import Player
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint

LOOK_S = 0.5
"""How often is looked whether somebody has stayed for long."""

BUSY_S = 0.1
"""How often while somebody is asked: who steps away is let go of at once."""

REOPEN_S = 30.0
"""A button that cannot be had is tried again so often."""

_TOPIC = "guests"


class GuestBook:
    """Asks whoever wants to be asked, by `settings`, which are not "none".

    `look` tells who is there and whether something plays. `root` is the photo folder. With
    `shares_camera` the camera is left open for the sensor that looks through it, too.
    """

    def __init__(  # noqa: PLR0913 - it is where screen, camera and photos meet
        self,
        settings: config.Guests,
        root: bytes,
        *,
        camera: Camera,
        player: Player,
        look: Callable[[], Sight],
        board: Noticeboard,
        button: Button | None = None,
        shares_camera: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._root = settings, root
        self._camera, self._shares_camera = camera, shares_camera
        self._player, self._look, self._board = player, look, board
        self._button = button
        self._clock = clock
        self._hint = Hint()
        self._book: Book = guests.begin(clock())
        self._said = ""
        self._pressed = False
        self._kept: bool | None = None

    async def run(self) -> None:
        """Ask, take and keep until cancelled; then leave no words behind."""
        try:
            async with anyio.create_task_group() as group:
                if self._button is not None:
                    group.start_soon(self._listen, self._button)
                while True:
                    before, now = self._book.phase, self._clock()
                    if before is not self.step(now) and (chore := _CHORES.get(self._book.phase)):
                        group.start_soon(chore, self)
                    is_idle = self._book.phase is Phase.WATCHING
                    await self._hint.wait(LOOK_S if is_idle else BUSY_S)
        finally:
            self._say("")

    def step(self, now: float) -> Phase:
        """Take one look, say what is to be said, and return how far it has come."""
        sight = msgspec.structs.replace(self._look(), pressed=self._pressed, kept=self._kept)
        self._pressed, self._kept = False, None
        self._book = guests.step(self._book, sight, now, self._settings)
        self._say(guests.words(self._book, now, self._settings))
        return self._book.phase

    def press(self) -> None:
        """Note that the button was pressed."""
        self._pressed = True
        self._hint.give()

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._player.say(words)

    async def _listen(self, button: Button) -> None:
        """Keep the button open."""
        loop = asyncio.get_running_loop()

        def pressed(_: float) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self.press)

        try:
            while True:
                if await self._has_opened(button, pressed):
                    await anyio.sleep_forever()
                await anyio.sleep(REOPEN_S)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(button.close)

    async def _has_opened(self, button: Button, pressed: Callable[[float], None]) -> bool:
        try:
            await anyio.to_thread.run_sync(button.open, pressed)
        except Unavailable as error:
            self._board.post(_TOPIC, f"guest book: {error}")
            return False
        self._board.clear(_TOPIC)
        return True

    async def _warm_up(self) -> None:
        """Wake the camera while it is counted, so that it gets used to the light."""
        try:
            await anyio.to_thread.run_sync(self._camera.glance)
        except Unavailable as error:
            self._failed(error, Phase.COUNTING)

    async def _take(self) -> None:
        asked, name = self._book, time.strftime("%Y-%m-%d %H-%M-%S")
        try:
            data = await anyio.to_thread.run_sync(self._camera.picture)
            if self._book.since != asked.since:
                return  # it took so long that they were told that there is none
            folder = self._settings.folder
            path = await anyio.to_thread.run_sync(keep, self._root, folder, name, data)
        except Unavailable as error:
            self._failed(error, Phase.TAKING)
            return
        log.info("guest book", kept=path)
        self._board.clear(_TOPIC)
        self._kept = True
        self._hint.give()

    async def _let_go(self) -> None:
        if not self._shares_camera:
            await anyio.to_thread.run_sync(self._camera.close)

    def _failed(self, error: Unavailable, phase: Phase) -> None:
        """Tell why there is no picture; who waits for it in `phase` is told that there is none."""
        self._board.post(_TOPIC, f"guest book: no picture could be kept: {error}")
        if self._book.phase is phase:
            self._kept = False
            self._hint.give()


_CHORES = {
    Phase.COUNTING: GuestBook._warm_up,
    Phase.TAKING: GuestBook._take,
    Phase.TELLING: GuestBook._let_go,
    Phase.WATCHING: GuestBook._let_go,
}
