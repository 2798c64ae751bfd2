"""Amounts in the words that people use for them. Pure."""

from __future__ import annotations

import datetime

_SPACE = "\N{NO-BREAK SPACE}"


def number(count: int, thing: str) -> str:
    """Return "1 photo", "1,234 photos"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def files(count: int) -> str:
    """Return "1 file", "1,234 files"."""
    return number(count, "file")


def speed(rate: float) -> str:
    """Return a `rate` of so many a second."""
    return f"{rate:.1f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"


def room(count: int) -> str:
    """Return `count` bytes in the units that disks are sold by; no line ends before the unit."""
    for unit, size in (("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            value = count / size
            return f"{value:.0f}{_SPACE}{unit}" if value >= 100 else f"{value:.1f}{_SPACE}{unit}"
    return f"{count / 1e6:.0f}{_SPACE}MB"


def duration(seconds: float) -> str:
    """Return `seconds` as people say them, roughly: "About 12 minutes"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "Less than a minute"
    if minutes < 90:
        return f"About {number(minutes, 'minute')}"
    hours = round(minutes / 60)
    return f"About {number(hours, 'hour')}" if hours < 48 else f"About {round(hours / 24)} days"


def day(unix: float) -> str:
    """Return the day of the Unix time `unix` by this machine's clocks."""
    when = datetime.datetime.fromtimestamp(unix).astimezone()
    return f"{when.day} {when:%B} {when.year}"


def moment(unix: float) -> str:
    """Return the Unix time `unix` as this machine's clocks show it."""
    when = datetime.datetime.fromtimestamp(unix).astimezone()
    return f"{day(unix)}, {when:%H:%M}"
