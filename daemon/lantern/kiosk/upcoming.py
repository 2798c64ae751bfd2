"""Has the next work at hand before it is needed: its picture is made while another one plays."""

from __future__ import annotations

import anyio

from lantern.heartbeat import SLOW_S, beat, watched
from lantern.kiosk.works import Work, Works
from lantern.waiting import Hint, pause

ASK_AGAIN_S = 2.0
"""How often is asked while there is no work at all."""


class Upcoming:
    """Asks `works`, one question at a time; `told` is given with each answer."""

    def __init__(self, works: Works, told: Hint) -> None:
        self._works = works
        self._told = told
        self._wake = Hint()
        self._asking = anyio.CancelScope()
        self._idle = True
        self._behind: Work | None = None
        self.work: Work | None = None
        """The work to come, None while there is none at hand."""
        self.empty = False
        """Whether there is no work at all."""

    async def run(self) -> None:
        """Ask until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watched, "the works' changes", self._listen)
            while True:
                with anyio.CancelScope() as self._asking:
                    await self._fill()
                await self._wake.wait()

    def begin(self) -> None:
        """Ask from now on."""
        if self._idle:
            self._idle = False
            self._wake.give()

    def rest(self) -> None:
        """Ask no more until `begin`; what is at hand already stays so."""
        self._idle = True
        self._asking.cancel()

    def take(self) -> Work | None:
        """Return the work to come, None for none, and ask for the one after it."""
        work, self.work = self.work, None
        self._wake.give()
        return work

    def turn_back(self, playing: Work) -> None:
        """Have the work before `playing` come next, or that itself where none is known."""
        self._behind = playing
        self._forget()
        self._wake.give()

    async def resume(self, name: str) -> Work | None:
        """Return the work of that name, to go on behind it; None if it is gone."""
        self._forget()
        try:
            return await self._works.resume(name)
        finally:
            self._wake.give()

    def spoiled(self, work: Work, reason: str) -> None:
        """Say that `work` cannot be played."""
        self._works.spoiled(work, reason)

    async def _fill(self) -> None:
        while not self._idle and self.work is None:
            beat(SLOW_S)  # a picture is made of it, when a worker is free
            self.work = await self._ask()
            self.empty = self.work is None
            self._told.give()
            if self.empty:
                await pause(ASK_AGAIN_S)

    async def _ask(self) -> Work | None:
        if self._behind is None:
            return await self._works.next()
        # What was handed out last is not what plays, but what was to follow it.
        here = await self._works.resume(self._behind.name)
        before = await self._works.previous()
        self._behind = None
        return before or here

    async def _listen(self) -> None:
        while True:
            await self._works.changed()
            self._forget()
            self._wake.give()

    def _forget(self) -> None:
        self.work = None
        self.empty = False
        self._asking.cancel()
