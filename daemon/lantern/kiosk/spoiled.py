"""Works that cannot be played, for a while: passed over, and reported. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable

PASSED_OVER_S = 3600.0
"""Then it is tried again: a decoder may have been out of memory."""

MOST_NAMED = 3


class Spoiled:
    """Remembers works by any key, with the name and the reason for people."""

    def __init__(self) -> None:
        self._works: dict[Hashable, tuple[float, str]] = {}

    def add(self, key: Hashable, name: str, reason: str, now: float) -> None:
        """Pass over a work from `now` on."""
        self._works[key] = now + PASSED_OVER_S, f"{name}: {reason}"

    def heal(self, now: float) -> None:
        """Let those be tried again that were passed over for long enough."""
        self._works = {key: one for key, one in self._works.items() if one[0] > now}

    def forget(self, is_gone: Callable[[Hashable], bool]) -> None:
        """Forget those that are gone, which may come back whole."""
        self._works = {key: one for key, one in self._works.items() if not is_gone(key)}

    def __contains__(self, key: object) -> bool:
        return key in self._works

    @property
    def complaint(self) -> str:
        """Return a sentence about them, "" for none."""
        told = [sentence for _, sentence in self._works.values()]
        if not told:
            return ""
        more = f"; and {len(told) - MOST_NAMED:,} more" if len(told) > MOST_NAMED else ""
        return (
            f"works passed over, since they cannot be played: {'; '.join(told[:MOST_NAMED])}{more}"
        )
