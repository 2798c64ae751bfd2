"""When it is open, by the owner's hours, the local clock, and a clock that may not be right yet.

Pure: Unix time comes in. Hours belong to the day they begin on, so a night that begins before a
special day ends as it would have. Open is whenever a clock on the wall shows a time within the
hours: hours that begin or end while clocks are set forward do so at that moment, and those within
an hour that clocks show twice begin the first and end the second time.
"""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from lantern.config import Hours as Settings
from lantern.timetable import ALL_DAY, Span

RELEASED = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC).timestamp()
"""A clock that shows an earlier time than this code was written at is wrong."""

PATIENCE_S = 180.0
"""How long a wrong clock keeps it closed: a Pi on a network has the time within a minute."""

HORIZON_DAYS = 400
"""The next change is looked for so far ahead: more than a year, for special days come yearly."""

_MIDNIGHT = datetime.time()
_DAY = datetime.timedelta(days=1)


class Hours:
    """The hours of one place."""

    def __init__(self, settings: Settings) -> None:
        self._zone = settings.time_zone
        self._week, self._special = settings.week, settings.special_days

    @property
    def always(self) -> bool:
        """Tell whether it never closes, whatever the time is."""
        return not self._special and all(spans == (ALL_DAY,) for spans in self._week)

    def is_open(self, wall: float) -> bool:
        """Tell whether it is open at `wall`, Unix seconds."""
        today = self._date(wall)
        return any(begin <= wall < end for begin, end in self._periods(today - _DAY, days=2))

    def next_change(self, wall: float) -> float | None:
        """Return when it next opens or closes after `wall`, None for not within a year."""
        if self.always:
            return None
        until = wall if self.is_open(wall) else None
        for begin, end in self._periods(self._date(wall) - _DAY, days=HORIZON_DAYS):
            if until is None and begin > wall:
                return begin
            if until is not None and begin > until:
                return until
            if until is not None:
                until = max(until, end)
        return None

    def local(self, wall: float) -> datetime.datetime:
        """Return what a clock on the wall shows."""
        return datetime.datetime.fromtimestamp(wall, self._zone)

    def minute(self, wall: float) -> int:
        """Return the minute of the day that a clock on the wall shows."""
        local = self.local(wall)
        return local.hour * 60 + local.minute

    def _date(self, wall: float) -> datetime.date:
        return self.local(wall).date()

    def _periods(self, first: datetime.date, *, days: int) -> Iterator[tuple[float, float]]:
        """Return when it opens and closes, by the hours of `days` days from `first` on."""
        for number in range(days):
            date = first + number * _DAY
            for span in sorted(self._spans(date), key=lambda span: span.begin):
                begin, end = _period(date, span, self._zone)
                if begin < end:  # not all of it is skipped when clocks are set forward
                    yield begin, end

    def _spans(self, date: datetime.date) -> tuple[Span, ...]:
        special = (spans for days, spans in self._special if days.holds(date))
        return next(special, self._week[date.weekday()])


class Doors:
    """Whether it is open, though the clock may be wrong: a Pi without a network has none.

    Until the clock is right for the first time, `PATIENCE_S` from `now` on it stays closed, so that
    a power cut in the night lights no lamp; then it opens, since whoever switches on a machine
    without a network wants to see something. A clock that was right once stays right.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self._hours = Hours(settings)
        self._needs_ntp = settings.needs_ntp
        self._since = now
        self._right = False

    def is_open(self, *, wall: float, now: float, synchronised: bool) -> bool:
        """Tell whether it is open at `now`, monotonic seconds, when the clock shows `wall`.

        `synchronised` tells that the clock was set from the network since the machine woke.
        """
        self._right |= wall >= RELEASED and (synchronised or not self._needs_ntp)
        if self._right:
            return self._hours.is_open(wall)
        return self._hours.always or now - self._since >= PATIENCE_S

    def minute(self, wall: float) -> int | None:
        """Return the minute of the day, None while the clock may be wrong."""
        return self._hours.minute(wall) if self._right else None

    def local(self, wall: float) -> datetime.datetime | None:
        """Return what a clock on the wall shows, None while it may be wrong."""
        return self._hours.local(wall) if self._right else None

    def next_change(self, wall: float) -> float | None:
        """Return when it next opens or closes, None while that is not known, or never."""
        return self._hours.next_change(wall) if self._right else None


def _period(date: datetime.date, span: Span, zone: ZoneInfo) -> tuple[float, float]:
    midnight = datetime.datetime.combine(date, _MIDNIGHT)
    begin, end = (midnight + datetime.timedelta(minutes=m) for m in (span.begin, span.end))
    return _moment(begin, zone, fold=0), _moment(end, zone, fold=1)


def _moment(local: datetime.datetime, zone: ZoneInfo, *, fold: int) -> float:
    """Return when clocks show `local` for the first (`fold` 0) or last time.

    Where clocks were set forward past it, that is the moment when they were.
    """
    early, late = sorted(local.replace(tzinfo=zone, fold=f).timestamp() for f in (0, 1))
    if _clock(early, zone) == local:
        return late if fold else early
    skipped = bisect.bisect_left(
        range(int(early), int(late)), local, key=lambda wall: _clock(wall, zone)
    )
    return early + skipped


def _clock(wall: float, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(wall, zone).replace(tzinfo=None)
