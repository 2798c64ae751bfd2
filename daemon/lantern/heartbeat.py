"""Heartbeats: every part says when its next sign of progress is due; one that is overdue hangs.

A beat is progress, not load: a part gives it where its own loop comes around. One that has nothing
to do beats while it waits (`waiting.Hint`, `waiting.pause`), since a wait that returns in time
is all that can be asked of it. Parts nest as tasks do, and a part is as late as the latest in it.
`kept_up` and `vigil` look for those that are late, and do something about it.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import ParamSpec

_P = ParamSpec("_P")

BEAT_S = 10.0
"""How often a part that only waits says so."""

WITHIN_S = 120.0
"""Until when a part comes around that has something to do: an SD card may stall for half of it."""

SLOW_S = 600.0
"""The same of what counts through everything, or waits for a disk that somebody else shares."""


class Heartbeat:
    """One part's. `beat` may be called from any thread, all else from the event loop alone."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._clock = clock
        self._due = math.inf
        self._parts: list[Heartbeat] = []

    def beat(self, within_s: float = WITHIN_S) -> None:
        """Say that there was progress, and that the next sign of it is due `within_s` from now."""
        self._due = self._clock() + within_s

    def late(self) -> tuple[str, ...]:
        """Return the names of all that hang, of this part and those in it."""
        own = (self.name,) if self._clock() > self._due else ()
        return own + tuple(name for part in self._parts for name in part.late())

    @contextlib.contextmanager
    def within(self, above: Heartbeat | None) -> Iterator[None]:
        """Be one of the parts of `above`, and the one that `beat` speaks for, for so long."""
        before = _own.set(self)
        if above is not None:
            above._parts.append(self)
        try:
            yield
        finally:
            if above is not None:
                above._parts.remove(self)
            _own.reset(before)


_own: ContextVar[Heartbeat | None] = ContextVar("heartbeat", default=None)


def beat(within_s: float = WITHIN_S) -> None:
    """Beat for the part that calls, if it is watched at all."""
    own = _own.get()
    if own is not None:
        own.beat(within_s)


@contextlib.contextmanager
def part(name: str) -> Iterator[Heartbeat]:
    """Make of what runs within, and of the tasks that it starts, a part: its first beat is due."""
    own = Heartbeat(name)
    own.beat()
    with own.within(_own.get()):
        yield own


@contextlib.contextmanager
def whole(name: str) -> Iterator[Heartbeat]:
    """Make of what runs within the whole, which has no beat but its parts'."""
    own = Heartbeat(name)
    with own.within(None):
        yield own


async def watched(
    name: str, service: Callable[_P, Awaitable[None]], *args: _P.args, **kwargs: _P.kwargs
) -> None:
    """Run `service` as a part."""
    with part(name):
        await service(*args, **kwargs)
