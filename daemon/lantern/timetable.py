"""How an owner writes hours and days: "10:00-18:00", "20:00-02:00", "2026-12-24", "12-25".

Pure grammar, for the configuration to check and for `kiosk` to read. What the hours mean in a
time zone is decided in `kiosk.hours`.
"""

from __future__ import annotations

import datetime
import re

import msgspec

DAY = 24 * 60
"""Minutes of a day."""

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)(?:/(\d{4}-\d\d-\d\d))?", re.ASCII)
_YEARLY = re.compile(r"\d\d-\d\d", re.ASCII)


class Span(msgspec.Struct, frozen=True):
    """From `begin`, minutes after midnight, in [0, DAY), to before `end`, at most a day later.

    An `end` beyond DAY is after the next midnight.
    """

    begin: int
    end: int

    def holds(self, minute: int) -> bool:
        """Tell whether the clock shows a time of the span at `minute` of any day."""
        return self.begin <= minute < self.end or minute + DAY < self.end


ALL_DAY = Span(0, DAY)


def span(text: str) -> Span:
    """Return the span that "10:00-18:00" tells; "20:00-02:00" ends after midnight.

    Raises:
        ValueError: `text` is no such thing, or ends when it begins.
    """
    match = _SPAN.fullmatch(text.replace("-24:00", "-00:00"))
    if match is None:
        raise ValueError(f'expected times like "10:00-18:00", got {text!r}')
    hour, minute, last_hour, last_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, last_hour * 60 + last_minute
    if begin == end and not text.endswith("-24:00"):
        raise ValueError(f'expected two different times ("00:00-24:00" is all day), got {text!r}')
    return Span(begin, end if end > begin else end + DAY)


class Days(msgspec.Struct, frozen=True):
    """The dates from `first` to `last`, both included; of every year where `yearly`."""

    first: datetime.date
    last: datetime.date
    yearly: bool = False

    def holds(self, date: datetime.date) -> bool:
        """Tell whether `date` is one of the days."""
        if self.yearly:
            return (date.month, date.day) == (self.first.month, self.first.day)
        return self.first <= date <= self.last


def days(text: str) -> Days:
    """Return the days of "2026-12-24", "2026-08-01/2026-08-20" or, every year, "12-25".

    Raises:
        ValueError: `text` is no such thing, or ends before it begins.
    """
    try:
        found = _days(text)
    except ValueError as error:
        raise ValueError(
            f'expected a day like "2026-12-24", "12-25" or "2026-08-01/2026-08-20", got {text!r}'
        ) from error
    if found.last < found.first:
        raise ValueError(f"expected the last day after the first, got {text!r}")
    return found


def _days(text: str) -> Days:
    if _YEARLY.fullmatch(text):
        date = datetime.date.fromisoformat(f"2000-{text}")  # a leap year: February 29 is a day
        return Days(date, date, yearly=True)
    match = _DATES.fullmatch(text)
    if match is None:
        raise ValueError(text)
    first, last = (datetime.date.fromisoformat(part or match[1]) for part in match.groups())
    return Days(first, last)
