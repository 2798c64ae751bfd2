"""How many came to see the show, and how long they stayed, hour by hour: kept for good.

No more than that is kept of anybody. Ten years of it are 10 MB at most.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lantern.catalog.caption_reader import Queryable
from lantern.catalog.ledger import Ledger


class Visited(msgspec.Struct, frozen=True):
    """What happened within one hour of the local clock that began at `start`, Unix seconds.

    `visits` began in it; for `dwell_s` seconds of it somebody was there.
    """

    start: int
    visits: int = 0
    dwell_s: float = 0.0


class Visits:
    """The writing side. Blocking; the catalog's one thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, hours: Iterable[Visited]) -> None:
        """Add what was counted to what is known of the same hours, in one transaction."""
        with self._ledger.transaction():
            for hour in hours:
                self._ledger.execute(
                    "INSERT INTO visit VALUES (?, ?, ?) ON CONFLICT (start) DO UPDATE"
                    " SET visits = visits + excluded.visits, dwell_s = dwell_s + excluded.dwell_s",
                    msgspec.structs.astuple(hour),
                )


def visited(connection: Queryable, since: float) -> list[Visited]:
    """Return the hours that began at Unix time `since` or later, the oldest first."""
    rows = connection.rows(
        "SELECT start, visits, dwell_s FROM visit WHERE start >= ? ORDER BY start", (since,)
    )
    return [Visited(*row) for row in rows]


def visited_ever(connection: Queryable) -> Visited:
    """Return all hours as one, which begins with the first of them, at 0 if there is none."""
    rows = connection.rows(
        "SELECT COALESCE(MIN(start), 0), COALESCE(SUM(visits), 0), COALESCE(SUM(dwell_s), 0)"
        " FROM visit"
    )
    return Visited(*rows[0])
