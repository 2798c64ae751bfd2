"""Which described photos the log tells by name, and when it adds up the others. Pure.

A line a photo would wear an SD card, and bury what else happened: the first photos of an hour are
named, and the others become one line, when nothing waits any more, or an hour later.
"""

from __future__ import annotations

from collections import deque

import msgspec

MOST_NAMED = 10
"""Photos an hour."""

LEAST_SUM = 10
"""So many unnamed photos are told as soon as nothing waits; fewer with those that follow."""

HOUR_S = 3600.0


class Sum(msgspec.Struct, frozen=True):
    """Photos described within `took_s` seconds without being named; the model was asked of some."""

    count: int
    inferred: int
    took_s: float


class Story:
    """Takes note of photos as they are described; times are monotonic seconds."""

    def __init__(self) -> None:
        self._named: deque[float] = deque(maxlen=MOST_NAMED)
        self._count = self._inferred = 0
        self._since = self._until = 0.0

    def described(self, now: float, *, inferred: bool) -> bool:
        """Note a photo that was described `now`; tell whether it is to be named."""
        if len(self._named) < MOST_NAMED or now - self._named[0] >= HOUR_S:
            self._named.append(now)
            return True
        if not self._count:
            self._since = now
        self._count += 1
        self._inferred += inferred
        self._until = now
        return False

    def added_up(self, now: float, *, idle: bool) -> Sum | None:
        """Return the sum that is to be told now, if one is; `idle` tells that nothing waits."""
        late = now - self._since >= HOUR_S
        if not self._count or not (late or (idle and self._count >= LEAST_SUM)):
            return None
        told = Sum(self._count, self._inferred, self._until - self._since)
        self._count = self._inferred = 0
        return told
