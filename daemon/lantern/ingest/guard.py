"""An absent disk is not a deletion: may files that are not there be forgotten? Pure."""

from __future__ import annotations

from collections import deque

FEW = 10
"""So many files may always go at once, as long as others stay."""

SHARE = 0.5
"""More than this share of the collection does not go by itself."""

WINDOW_S = 3600.0
"""Removals within so long count together: a recursive delete arrives in many small pieces."""


class RemovalGuard:
    """Decides over removals, remembering the recent ones."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()

    def allows(self, missing: int, known: int, now: float) -> bool:
        """Tell whether `missing` of `known` files may be forgotten at `now`, monotonic seconds."""
        while self._recent and now - self._recent[0][0] > WINDOW_S:
            self._recent.popleft()
        gone = missing + sum(count for _, count in self._recent)
        before = known + gone - missing
        return missing < known and (gone <= FEW or gone <= before * SHARE)

    def removed(self, count: int, now: float) -> None:
        """Note that `count` files were forgotten at `now`."""
        self._recent.append((now, count))
