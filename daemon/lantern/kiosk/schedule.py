"""Which programme is on at this hour, and how far each has come.

Blocking but for `due`, `wanted` and `note`: bills read, and their places are kept in a file.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lantern import config
from lantern.errors import PhotoError, Unavailable
from lantern.kiosk import marks, programme
from lantern.kiosk.bill import Bill
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.marks import Marks
from lantern.kiosk.programme import Choice

_PHOTOS_ALONE = config.Programme(photos="all")


class Schedule:
    """The `programmes` by the hours of `show`.

    `clock` tells the local time, None while nobody knows it. `memory` is the file that keeps where
    each programme stands; `draw` returns a number of chance below 2**62.
    """

    def __init__(  # noqa: PLR0913 - what it uses is handed in, by name
        self,
        gallery: Gallery,
        *,
        show: config.Show,
        programmes: Mapping[str, config.Programme],
        clock: Callable[[], datetime.datetime | None],
        memory: Path,
        draw: Callable[[], int],
    ) -> None:
        self._gallery = gallery
        self._show, self._programmes = show, programmes
        self._clock, self._draw = clock, draw
        self._memory = memory
        self._marks = marks.load(memory)
        self._kept = dict(self._marks)

    @property
    def due(self) -> str:
        """Return the name of the programme that is to be on now, "" for none."""
        local = self._clock()
        return self._show.programme_at(None if local is None else local.hour * 60 + local.minute)

    def wanted(self, name: str) -> Choice | None:
        """Return the photos of the programme `name` as of today, None for none."""
        settings = self._programmes.get(name)
        local = self._clock()
        return programme.choice(settings, local.date() if local else None) if settings else None

    def bill(self, name: str) -> Bill:
        """Return the bill of the programme `name`, as far as it had come; "" has nothing on it."""
        settings = self._programmes.get(name, _PHOTOS_ALONE)
        kept = self._marks.get(name, Marks())
        return Bill(self._gallery, settings, self.wanted(name), self._draw, kept)

    def found(self, query: str) -> Bill:
        """Return the bill of what `query` finds, the best first.

        Raises:
            PhotoError: it finds nothing.
            Unavailable: nobody can tell now.
        """
        wanted = programme.asked_for(query)
        bill = Bill(self._gallery, _PHOTOS_ALONE, wanted, self._draw, Marks())
        bill.refresh(time.time())
        if bill.troubles:
            raise Unavailable(bill.troubles[0])
        if not bill.photos:
            raise PhotoError(f'no photo is found by "{query[:100]}"; what was on goes on')
        return bill

    def note(self, name: str, bill: Bill) -> None:
        """Note how far the programme `name` has come."""
        self._marks[name] = bill.marks

    def keep(self) -> None:
        """Write down what was noted since the last time."""
        if self._marks != self._kept:
            marks.save(self._memory, self._marks)
            self._kept = dict(self._marks)
