"""How many came, and how long they stayed, hour by hour: all that is kept of visitors.

Pure. A sensor sees that somebody is there, not who or how many: a group is one visit.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from typing import Literal

import msgspec

from lantern.catalog.visits import Visited

AWAY_S = 10.0
"""Whoever is back within so many seconds has not been away."""


By = Literal["hour", "day", "week"]
"""What visits are added up by; a week begins on Monday."""


class Period(msgspec.Struct, frozen=True):
    """What happened from `start`, local time, on: `visits` began, and somebody was there so long.

    A visit of more than one period counts in the first.
    """

    start: datetime.datetime
    visits: int
    dwell_s: float


class Visits:
    """Counts visits until they are taken. `zone` is whose hours count."""

    def __init__(self, zone: datetime.tzinfo) -> None:
        self._zone = zone
        self._hours: dict[int, Visited] = {}
        self._present = False
        self._noted: float | None = None
        self._seen: float | None = None

    def note(self, present: bool | None, *, wall: float, now: float) -> None:
        """Note who is there from `now` on: at each change, and before `take`.

        `wall` is the same moment in Unix seconds. Time spent is measured by `now`, monotonic
        seconds, so that setting the clock lengthens no visit.
        """
        if self._present and self._noted is not None:
            self._dwell(wall, now - self._noted)
            self._seen = now
        if present and not self._present and self._is_new(now):
            self._add(_hour(wall, self._zone), visits=1)
        self._present, self._noted = bool(present), now

    def take(self) -> list[Visited]:
        """Return what was counted since the last time, to be added up, the oldest hour first."""
        hours, self._hours = self._hours, {}
        return [hours[start] for start in sorted(hours)]

    def give_back(self, hours: Iterable[Visited]) -> None:
        """Count again what was taken and could not be written down."""
        for hour in hours:
            self._add(hour.start, visits=hour.visits, dwell_s=hour.dwell_s)

    def _is_new(self, now: float) -> bool:
        return self._seen is None or now - self._seen > AWAY_S

    def _dwell(self, until: float, seconds: float) -> None:
        """Spread the `seconds` before `until` over the hours that they fell into."""
        while seconds > 0:
            start = _hour_before(until, self._zone)
            piece = min(seconds, until - start)
            self._add(start, dwell_s=piece)
            until, seconds = start, seconds - piece

    def _add(self, start: int, *, visits: int = 0, dwell_s: float = 0.0) -> None:
        hour = self._hours.get(start, Visited(start))
        self._hours[start] = Visited(start, hour.visits + visits, hour.dwell_s + dwell_s)


def added_up(hours: Iterable[Visited], zone: datetime.tzinfo, by: By) -> list[Period]:
    """Return `hours`, the oldest first, as the periods in which somebody came, or was there."""
    return [
        Period(start, sum(hour.visits for hour in group), sum(hour.dwell_s for hour in group))
        for start, found in itertools.groupby(hours, lambda hour: begin(hour.start, zone, by))
        for group in [list(found)]
    ]


def begin(wall: float, zone: datetime.tzinfo, by: By) -> datetime.datetime:
    """Return when the period began, by the clock of `zone`, that Unix time `wall` lies in."""
    if by == "hour":
        return datetime.datetime.fromtimestamp(_hour(wall, zone), zone)
    day = datetime.datetime.fromtimestamp(wall, zone).date()
    if by == "week":
        day -= datetime.timedelta(days=day.weekday())
    return datetime.datetime.combine(day, datetime.time(), zone)


def _hour(wall: float, zone: datetime.tzinfo) -> int:
    """Return when the hour of the local clock began that `wall` lies in."""
    local = datetime.datetime.fromtimestamp(wall, zone)
    return int(local.replace(minute=0, second=0, microsecond=0).timestamp())


def _hour_before(wall: float, zone: datetime.tzinfo) -> int:
    """Return the same for the moment just before `wall`."""
    start = _hour(wall, zone)
    return start if start < wall else _hour(wall - 1, zone)
