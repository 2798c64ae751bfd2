"""The photos of one programme, one after the other, lap after lap, and new ones at once.

Blocking: reads by `gallery`, writes nothing. One thread at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container
from typing import Annotated

import msgspec
from msgspec import Meta

from lantern.catalog.records import PhotoRecord
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.programme import Choice, Everything, Listed, Reel, Shuffle, Shuffled
from lantern.model import PhotoId

BATCH = 32
"""Photos looked up at once."""

MOST_ARRIVALS = 20
"""Of new photos so many are shown at once, the newest; the others have their turn like all."""

_SEEDS = 32


MOST_SEED = 2**62 - 1


class Mark(msgspec.Struct, frozen=True):
    """Where a lap stands: behind `place` of the shuffle of `most` photos by `seed`."""

    seed: Annotated[int, Meta(ge=0, le=MOST_SEED)]
    most: Annotated[int, Meta(ge=0, le=MOST_SEED)]
    place: Annotated[int, Meta(ge=-1, le=MOST_SEED)]


class Laps:
    """Walks through the photos of `wanted`; `draw` returns a number of chance up to `MOST_SEED`.

    Goes on from `mark`, where one is known. Every method may raise `Unavailable`, after which
    nothing was changed.
    """

    def __init__(
        self, gallery: Gallery, wanted: Choice, draw: Callable[[], int], mark: Mark | None = None
    ) -> None:
        self.wanted = wanted
        self._gallery = gallery
        self._draw = draw
        self._mark = mark
        self._reel: Reel = Listed(())
        self._shuffle = Shuffle(0, 0)
        self._place = -1
        self._photos: frozenset[PhotoId] | None = None
        self._coming: deque[PhotoId] = deque(maxlen=MOST_ARRIVALS)
        self._arrivals: deque[PhotoId] = deque(maxlen=MOST_ARRIVALS)
        self._early: set[PhotoId] = set()
        self._newest: PhotoId | None = None
        self._last: PhotoId | None = None
        self.count = 0
        """How many photos there are, lookalikes included."""

    @property
    def mark(self) -> Mark | None:
        """Return where the lap stands, None where that follows from nothing but the list."""
        if not self.wanted.shuffled:
            return None
        if self._newest is None:
            return self._mark
        return Mark(self._shuffle.seed, self._shuffle.most, self._place)

    def refresh(self) -> None:
        """Look at what came, went and changed since the last time; the lap goes on.

        An index that is being filled anew finds nothing for a while: what was found before is kept
        then, and of that, as ever, what may be seen is shown.
        """
        newest = self._gallery.newest()
        came = self._came()
        found = None if self.wanted.everything else self._gallery.find(self.wanted)
        self.count = self._gallery.count() if found is None else len(found) or self.count
        if self._newest is None:
            self._take_up(newest)
        self._newest = newest
        if found is None:
            self._reel = Everything(self._shuffle)
        elif found or self._photos is None:
            self._wind(found)
        self._welcome(came)

    def next(self, passed: Container[object] = ()) -> PhotoRecord | None:
        """Return the next photo that is none of `passed`; None if there is none at all."""
        if self._newest is None:
            self.refresh()
        if arrived := self._arrived(passed):
            return arrived
        for _ in range(2):
            if found := self._rest_of_lap(passed):
                return found
            self._begin_lap()
        return None

    def seek(self, photo: PhotoId) -> PhotoRecord | None:
        """Return `photo` if it may be played, None if not; the lap goes on behind it."""
        if self._newest is None:
            self.refresh()
        if self._photos is not None and photo not in self._photos:
            return None
        found = self._gallery.photo(photo, self._photos)
        there = self._reel.place(photo)
        if found and there is not None:
            self._place = there
        return found

    def _came(self) -> list[PhotoId]:
        if self._newest is None:
            return []
        return self._gallery.since(self._newest, MOST_ARRIVALS)

    def _take_up(self, newest: PhotoId) -> None:
        mark = self._mark or Mark(self._draw(), newest, -1)
        self._shuffle, self._place = Shuffle(mark.seed, mark.most), mark.place

    def _wind(self, found: list[PhotoId]) -> None:
        self._photos = frozenset(found)
        if self.wanted.shuffled:
            self._reel = Shuffled(self._shuffle, found)
            return
        self._reel = Listed(found)
        there = self._reel.place(self._last) if self._last else None
        self._place = min(self._place, len(found) - 1) if there is None else there

    def _welcome(self, came: list[PhotoId]) -> None:
        """Let new photos be next, once the index has them, too."""
        self._coming.extend(came)
        there = [one for one in self._coming if self._photos is None or one in self._photos]
        self._coming = deque(
            (one for one in self._coming if one not in there), maxlen=MOST_ARRIVALS
        )
        self._arrivals.extend(there)

    def _arrived(self, passed: Container[object]) -> PhotoRecord | None:
        while self._arrivals:
            photo = self._arrivals[0]
            found = self._look_up(photo, passed)
            self._arrivals.popleft()
            if found:
                self._early.add(photo)
                return found
        return None

    def _rest_of_lap(self, passed: Container[object]) -> PhotoRecord | None:
        while batch := self._reel.after(self._place, BATCH):
            visible = self._gallery.visible([photo for _, photo in batch])
            for place, photo in batch:
                due = photo in visible and photo not in self._early
                found = self._look_up(photo, passed) if due else None
                self._place = place
                if found:
                    self._last = photo
                    return found
        return None

    def _look_up(self, photo: PhotoId, passed: Container[object]) -> PhotoRecord | None:
        return None if photo in passed else self._gallery.photo(photo, self._photos, passed)

    def _begin_lap(self) -> None:
        """Shuffle anew, so that the photo that was last is not the first, if that can be helped."""
        self._place = -1
        self._early.clear()
        if not self.wanted.shuffled:
            return
        for _ in range(_SEEDS):
            self._shuffle = Shuffle(self._draw(), self._newest or 0)
            self._reel = (
                Everything(self._shuffle)
                if self._photos is None
                else Shuffled(self._shuffle, self._photos)
            )
            if [photo for _, photo in self._reel.after(-1, 1)] != [self._last]:
                return
