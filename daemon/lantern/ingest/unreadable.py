"""Folders that cannot be read: which they are, and when they are looked at again.

A disk that failed for a moment is well the next; a folder that is closed to this user stays so. So
they are looked at again soon, and ever more rarely while nothing changes. Pure: time is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from lantern.imaging.source import printable
from lantern.ingest.scan import Unreadable
from lantern.ingest.settle import is_below

FIRST_S, LONGEST_S = 5.0, 600.0
"""How long until the first look and, doubling, at most. The scan of all looks as well."""


class UnreadableFolders:
    """What the last look at each found."""

    def __init__(self) -> None:
        self._reasons: dict[bytes, str] = {}
        self._wait_s = FIRST_S
        self._due = math.inf

    def looked(self, top: bytes, unreadable: Iterable[Unreadable], now: float) -> None:
        """Note what a look at all from `top` down met, at `now`."""
        before = self._reasons
        others = {at: reason for at, reason in before.items() if not is_below(at, top)}
        self._reasons = others | {one.folder: one.reason for one in unreadable}
        if not self._reasons:
            self._due = math.inf
        elif self._reasons.keys() - before.keys():
            self._wait_s = FIRST_S
            self._due = now + FIRST_S

    def due(self, now: float) -> frozenset[bytes]:
        """Return the folders to be looked at again at `now`; they are due again later."""
        if now < self._due:
            return frozenset()
        self._wait_s = min(2 * self._wait_s, LONGEST_S)
        self._due = now + self._wait_s
        return frozenset(self._reasons)

    @property
    def sentence(self) -> str | None:
        """Return what a person should know, None for nothing."""
        if not self._reasons:
            return None
        (first, reason), more = next(iter(self._reasons.items())), len(self._reasons) - 1
        return (
            f"folder {printable(first)}{f' and {more} more' if more else ''}: {reason.lower()}; "
            "nothing below is forgotten; give this user the right to read, or look at the disk"
        )
