"""Who is connected, and who has to leave where there is no room: whoever waits longest.

Pure. A connection *waits* while nothing that it asked for is on its way: a new one, one whose
request has not come whole, one kept open for the next. Who is being answered, a stream of events
included, stays. So connections that do nothing keep nobody out, however many come. `connection`
tells who comes, asks and waits, and closes those who have to leave.
"""

from __future__ import annotations

from collections import Counter
from typing import Generic, TypeVar

from lantern.web.address import is_this_machine, network

C = TypeVar("C")

MOST = 1600
"""Connections at once; each costs a few kilobytes. A browser has up to six, one of which hears of
news for as long as its page is looked at."""

MOST_OF_ONE = 400
"""Connections from one address (of IPv6: one /64), that nobody alone may fill the house. A family
behind one router stays far below. From this machine as many may come as there is room for: through
a reverse proxy that runs here, everybody comes from there."""


class Crowd(Generic[C]):
    """Everybody who is connected; `C` are connections, told apart by identity."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._origins: dict[C, str] = {}
        self._from: Counter[str] = Counter()
        self._waiting: dict[C, None] = {}  # whoever has waited longest comes first

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._origins)

    def enter(self, visitor: C, address: str) -> C | None:
        """Let `visitor` in, waiting; return who has to leave for that, if anybody.

        It is `visitor` where all others are being answered, and is counted until it leaves; another
        one no more.
        """
        origin = "" if is_this_machine(address) else network(address)
        self._origins[visitor] = origin
        self._from[origin] += 1
        leaving = self._one_too_many(visitor, origin)
        self._waiting[visitor] = None
        if leaving is not None and leaving is not visitor:
            self.leave(leaving)
        return leaving

    def asks(self, visitor: C) -> None:
        """Note that `visitor` is being answered from now on."""
        self._waiting.pop(visitor, None)

    def waits(self, visitor: C) -> None:
        """Note that `visitor`, if still here, has its answer and waits from now on."""
        if visitor in self._origins:
            self._waiting[visitor] = None

    def leave(self, visitor: C) -> None:
        """Forget `visitor`; harmless if it is not here."""
        self._waiting.pop(visitor, None)
        origin = self._origins.pop(visitor, None)
        if origin is not None:
            self._from[origin] -= 1
            if not self._from[origin]:
                del self._from[origin]

    def _one_too_many(self, visitor: C, origin: str) -> C | None:
        if origin and self._from[origin] > self._most_of_one:
            own = (other for other in self._waiting if self._origins[other] == origin)
            return next(own, visitor)
        if len(self) > self._most:
            return next(iter(self._waiting), visitor)
        return None
