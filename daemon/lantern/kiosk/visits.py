"""How many came, and how long they stayed, hour by hour: all that is kept of visitors.

Pure. A sensor sees that somebody is there, not who or how many: a group is one visit.
"""

from __future__ import annotations

import datetime

import msgspec

AWAY_S = 10.0
"""Whoever is back within so many seconds has not been away."""


class Hour(msgspec.Struct, frozen=True):
    """What happened within one hour of the local clock that began at `start`, Unix seconds.

    `visits` began in it; for `dwell_s` seconds of it somebody was there.
    """

    start: int
    visits: int = 0
    dwell_s: float = 0.0


class Visits:
    """Counts visits until they are taken. `zone` is whose hours count."""

    def __init__(self, zone: datetime.tzinfo) -> None:
        self._zone = zone
        self._hours: dict[int, Hour] = {}
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

    def take(self) -> list[Hour]:
        """Return what was counted since the last time, to be added up, the oldest hour first."""
        hours, self._hours = self._hours, {}
        return [hours[start] for start in sorted(hours)]

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
        hour = self._hours.get(start, Hour(start))
        self._hours[start] = Hour(start, hour.visits + visits, hour.dwell_s + dwell_s)


def _hour(wall: float, zone: datetime.tzinfo) -> int:
    """Return when the hour of the local clock began that `wall` lies in."""
    local = datetime.datetime.fromtimestamp(wall, zone)
    return int(local.replace(minute=0, second=0, microsecond=0).timestamp())


def _hour_before(wall: float, zone: datetime.tzinfo) -> int:
    """Return the same for the moment just before `wall`."""
    start = _hour(wall, zone)
    return start if start < wall else _hour(wall - 1, zone)
