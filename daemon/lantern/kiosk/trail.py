"""What was handed out, to step back and forth in. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import msgspec

from lantern.kiosk.works import Work
from lantern.model import Fingerprint, PhotoId

MOST_REMEMBERED = 200


class Shown(msgspec.Struct, frozen=True):
    """A work as it was handed out; `key` is what it is passed over by.

    Of a film, `photo` is 0 and `fingerprint` empty.
    """

    work: Work
    key: Hashable
    photo: PhotoId = PhotoId(0)
    fingerprint: Fingerprint = Fingerprint("")


class Trail:
    """Remembers works in the order in which they were handed out first, and the one that is on."""

    def __init__(self) -> None:
        self._shown: list[Shown] = []
        self._at = -1

    def add(self, shown: Shown) -> None:
        """Take note of a new work, which is on now."""
        self._shown = [*self._shown[1 - MOST_REMEMBERED :], shown]
        self._at = len(self._shown) - 1

    def forth(self) -> Iterator[Shown]:
        """Yield what comes after the one that is on; each is on once it is yielded."""
        while self._at + 1 < len(self._shown):
            self._at += 1
            yield self._shown[self._at]

    def back(self) -> Iterator[Shown]:
        """Yield what was before the one that is on, the latest first."""
        yield from reversed(self._shown[: max(self._at, 0)])

    def called(self, name: str) -> Iterator[Shown]:
        """Yield the works of that name, the latest first."""
        yield from (shown for shown in reversed(self._shown) if shown.work.name == name)

    def latest(self, count: int) -> list[Shown]:
        """Return the last `count` works."""
        return self._shown[-count:]

    def forget(self, gone: Shown) -> None:
        """Forget a work that nobody is to see any more."""
        before = sum(one is not gone for one in self._shown[: self._at + 1])
        self._shown = [one for one in self._shown if one is not gone]
        self._at = before - 1

    def stand_on(self, shown: Shown) -> None:
        """Let a work be on that was handed out before."""
        places = [at for at, one in enumerate(self._shown) if one is shown]
        self._at = places[-1]

    def clear(self) -> None:
        """Forget everything."""
        self._shown, self._at = [], -1
