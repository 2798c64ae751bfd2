"""How services wait for something to do, and say meanwhile that it is meant: see `heartbeat`."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import AsyncIterator

import anyio

from lantern.heartbeat import BEAT_S, beat


class Hint:
    """A level that wakes its one waiter: set from any task of the loop, cleared by waiting.

    `others`, for other waiters, are given whenever it is.
    """

    def __init__(self, *others: Hint) -> None:
        self._others = others
        self._event = anyio.Event()

    def give(self) -> None:
        """Wake the waiter, now or when it next waits."""
        self._event.set()
        for other in self._others:
            other.give()

    async def wait(self, timeout_s: float | None = None) -> None:
        """Return when given, or after `timeout_s`."""
        until = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while True:
            beat()
            with anyio.move_on_after(min(until - time.monotonic(), BEAT_S)):
                await self._event.wait()
            if self._event.is_set() or time.monotonic() >= until:
                break
        beat()
        self._event = anyio.Event()


async def pause(seconds: float) -> None:
    """Sleep, and say meanwhile that it is meant."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > BEAT_S:
        beat()
        await anyio.sleep(BEAT_S)
    beat()
    await anyio.sleep(max(0.0, left))
    beat()


@contextlib.asynccontextmanager
async def held(lock: anyio.Lock) -> AsyncIterator[None]:
    """Hold `lock`, and say while waiting for it that it is meant: who has it is watched as well."""
    while True:
        beat()
        with anyio.move_on_after(BEAT_S):
            await lock.acquire()
            break
    try:
        yield
    finally:
        lock.release()
