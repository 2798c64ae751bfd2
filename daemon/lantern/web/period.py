"""A day, a month or a year as an address says it ("2019-07-04", "2019-07", "2019"), and a period.

Pure. Both its ends are included: "2019" begins on its first of January and ends on its last day of
December.
"""

from __future__ import annotations

import calendar
import datetime
import re

_PARTS = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def first_day(text: str) -> datetime.date:
    """Return the first day of `text`. Raises ValueError where it is none of the three."""
    year, month, day = _parts(text)
    return datetime.date(year, 1 if month is None else month, 1 if day is None else day)


def last_day(text: str) -> datetime.date:
    """Return the last day of `text`. Raises ValueError where it is none of the three."""
    year, month, day = _parts(text)
    begun = datetime.date(year, 12 if month is None else month, 1 if day is None else day)
    return begun if day else begun.replace(day=calendar.monthrange(year, begun.month)[1])


def in_words(since: str | None, until: str | None) -> str:
    """Return the period for people: "July 2019", "2017 to 2019", "since 4 July 2019", or ""."""
    if since and until:
        first, last = _shortest(first_day(since), last_day(until))
        return first if first == last else f"{first} to {last}"
    if since:
        return f"since {_said(since)}"
    return f"until {_said(until)}" if until else ""


def _parts(text: str) -> tuple[int, int | None, int | None]:
    # date.fromisoformat() reads "2019-W27-4" and "20190704" as well.
    match = _PARTS.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year, month, day = (None if part is None else int(part) for part in match.groups())
    return year or 0, month, day


def _shortest(first: datetime.date, last: datetime.date) -> tuple[str, str]:
    """Return the ends as years where they are whole ones, else as months, else as days."""
    for form in (slice(4), slice(7)):
        ends = first.isoformat()[form], last.isoformat()[form]
        if (first_day(ends[0]), last_day(ends[1])) == (first, last):
            return _said(ends[0]), _said(ends[1])
    return _said(first.isoformat()), _said(last.isoformat())


def _said(text: str) -> str:
    day = first_day(text)
    return {4: f"{day.year}", 7: f"{day:%B} {day.year}"}.get(
        len(text), f"{day.day} {day:%B} {day.year}"
    )
