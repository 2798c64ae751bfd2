"""Which works a programme plays, and in which order.

Pure: the programme, today's date and what is there come in. `gallery` finds the photos of a
`Choice`, `playlist` walks through a `Reel` of them and puts films between.

Chance has no memory to keep: a `Shuffle` is a permutation that is computed, so that a million
photos need no list, each comes once in a lap, and a photo's place in the lap follows from its
number alone. That is how a show goes on after a restart where it was.
"""

from __future__ import annotations

import bisect
import datetime
import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from lantern.config import Programme
from lantern.model import PhotoId
from lantern.search.query import DateRange, Filter, Rated, Sort

FAVOURITE = 4
"""Stars from which on a photo is a favourite."""

ENOUGH = 12
"""Where fewer photos were taken on a day of other years, the days around it count, too."""

REACHES_DAYS = (0, 1, 3, 7, 15, 30, 60, 183)
"""How far around it: half a year at last, which is any day."""


class Choice(msgspec.Struct, frozen=True):
    """Photos to be found: by `text`, as typed on the search page, and by `filters`.

    `anniversary` wants those of other years that were taken on that day, or around it. They play
    in the order of `sort`, or of chance if they are `shuffled`.
    """

    text: str = ""
    filters: tuple[Filter, ...] = ()
    sort: Sort = "newest"
    shuffled: bool = True
    anniversary: datetime.date | None = None

    @property
    def everything(self) -> bool:
        """Tell whether all photos are wanted, in no order that has to be looked up."""
        plain = not (self.text or self.filters or self.anniversary)
        return plain and self.shuffled


def choice(programme: Programme, today: datetime.date | None) -> Choice | None:
    """Return the photos of `programme`, None for none.

    Whoever does not know what day is `today` plays those of any day.
    """
    match programme.photos:
        case "none":
            return None
        case "all":
            return Choice(programme.query)
        case "newest":
            return Choice(programme.query, shuffled=False)
        case "favourites":
            return Choice(programme.query, (Rated(FAVOURITE),))
        case "on this day":
            return Choice(programme.query, anniversary=today)


def asked_for(query: str) -> Choice:
    """Return the photos of a `query` that somebody asks for now: the best matches come first."""
    return Choice(query, sort="relevance", shuffled=False)


def anniversaries(
    today: datetime.date, years: Iterable[int], reach_days: int
) -> tuple[DateRange, ...]:
    """Return the days around `today` in each of `years` but this: `reach_days` before and after.

    The 29th of February is celebrated on the 28th in years that have none.
    """
    reach = datetime.timedelta(days=reach_days)
    days = (_in_year(today, year) for year in years if year != today.year)
    return tuple(DateRange(_shifted(day, -reach), _shifted(day, reach)) for day in days)


def _in_year(today: datetime.date, year: int) -> datetime.date:
    leapless = (today.month, today.day) == (2, 29) and not _has_leap_day(year)
    return today.replace(year=year, day=28 if leapless else today.day)


def _has_leap_day(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _shifted(day: datetime.date, by: datetime.timedelta) -> datetime.date:
    first, last = datetime.date.min.toordinal(), datetime.date.max.toordinal()
    return datetime.date.fromordinal(min(max(day.toordinal() + by.days, first), last))


class Shuffle:
    """The numbers 1 to `most` in an order of chance, the same for the same `seed`.

    A Feistel network over as many bits as `most` needs is a permutation, whatever its round
    function is [M. Luby, C. Rackoff, "How to construct pseudorandom permutations from pseudorandom
    functions", 1988]. The bits are even, so some places, three in four at most, hold no number.
    """

    _ROUNDS = 4

    def __init__(self, seed: int, most: int) -> None:
        self.seed, self.most = seed, most
        self._half = max(1, (max(most, 1).bit_length() + 1) // 2)
        self._mask = (1 << self._half) - 1
        self._key = seed.to_bytes(8, "big")

    @property
    def places(self) -> int:
        """Return how many places there are, those without a number included."""
        return 1 << 2 * self._half

    def at(self, place: int) -> int | None:
        """Return the number at `place`, in [0, `places`); None where there is none."""
        left, right = place >> self._half, place & self._mask
        for number in range(self._ROUNDS):
            left, right = right, left ^ self._round(number, right)
        found = (left << self._half) | right
        return found if 1 <= found <= self.most else None

    def place(self, number: int) -> int:
        """Return the place of `number`, in [1, `most`]."""
        left, right = number >> self._half, number & self._mask
        for turn in reversed(range(self._ROUNDS)):
            left, right = right ^ self._round(turn, left), left
        return (left << self._half) | right

    def _round(self, number: int, value: int) -> int:
        told = hashlib.blake2b(
            value.to_bytes(8, "big"), digest_size=8, key=self._key, salt=bytes((number,))
        )
        return int.from_bytes(told.digest(), "big") & self._mask


class Reel(Protocol):
    """Photos in an order, each at a place of its own, from 0 on."""

    def after(self, place: int, limit: int) -> list[tuple[int, PhotoId]]:
        """Return up to `limit` photos behind `place`, with theirs; none at the end.

        Before the first place is -1.
        """
        ...

    def place(self, photo: PhotoId) -> int | None:
        """Return where `photo` is, None for nowhere."""
        ...


class Everything:
    """All photos by a `Shuffle` of their numbers, of which some may have left the catalog."""

    def __init__(self, shuffle: Shuffle) -> None:
        self._shuffle = shuffle

    def after(self, place: int, limit: int) -> list[tuple[int, PhotoId]]:
        """See `Reel.after`."""
        found: list[tuple[int, PhotoId]] = []
        for there in range(place + 1, self._shuffle.places):
            if len(found) == limit:
                break
            if number := self._shuffle.at(there):
                found.append((there, PhotoId(number)))
        return found

    def place(self, photo: PhotoId) -> int | None:
        """See `Reel.place`."""
        return self._shuffle.place(photo) if 1 <= photo <= self._shuffle.most else None


class Shuffled:
    """Some photos by a `Shuffle`; those that it does not know yet are for the next lap."""

    def __init__(self, shuffle: Shuffle, photos: Iterable[PhotoId]) -> None:
        self._shuffle = shuffle
        self._places = sorted(shuffle.place(one) for one in photos if one <= shuffle.most)

    def after(self, place: int, limit: int) -> list[tuple[int, PhotoId]]:
        """See `Reel.after`."""
        first = bisect.bisect_right(self._places, place)
        places = self._places[first : first + limit]
        return [(there, PhotoId(number)) for there in places if (number := self._shuffle.at(there))]

    def place(self, photo: PhotoId) -> int | None:
        """See `Reel.place`."""
        there = self._shuffle.place(photo) if 1 <= photo <= self._shuffle.most else -1
        at = bisect.bisect_left(self._places, there)
        return there if self._places[at : at + 1] == [there] else None


class Listed:
    """Some photos as they are listed."""

    def __init__(self, photos: Sequence[PhotoId]) -> None:
        self._photos = photos

    def after(self, place: int, limit: int) -> list[tuple[int, PhotoId]]:
        """See `Reel.after`."""
        first = place + 1
        return list(enumerate(self._photos[first : first + limit], first))

    def place(self, photo: PhotoId) -> int | None:
        """See `Reel.place`."""
        return self._photos.index(photo) if photo in self._photos else None


class Mix:
    """Says whether a film is next, or a photo: `photos_between` photos between two films."""

    def __init__(self, photos_between: int) -> None:
        self._between = photos_between
        self._since = 0

    @property
    def film_next(self) -> bool:
        """Tell whether it is a film's turn; where there are photos, they come first."""
        return self._since >= self._between

    def played(self, *, film: bool) -> None:
        """Take note of what was handed out."""
        self._since = 0 if film else self._since + 1
