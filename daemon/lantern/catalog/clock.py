"""What a wrong clock wrote into the catalog, put right once the clock is.

A Raspberry Pi has no clock of its own: it wakes with a time of the past, or whatever a bad battery
tells, and minutes later the network sets it. Until then times go into the catalog that mean nothing
afterwards: a photo that vanished just now would be forgotten for good, as if it were long gone, and
a try that failed would wait for years.
"""

from __future__ import annotations

from lantern.catalog.ledger import Ledger
from lantern.catalog.state import LONGEST_RETRY_S, State


class Times:
    """The times in the catalog that something depends on. Blocking; within its one thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begin(self, now: float) -> None:
        """Take back what lies too far ahead of Unix time `now` to be meant, in one transaction."""
        latest = now + LONGEST_RETRY_S
        with self._ledger.transaction():
            self._ledger.execute(
                "UPDATE file SET retry_at = 0 WHERE state = ? AND retry_at > ?",
                (State.RETRY, latest),
            )
            self._ledger.execute("UPDATE writing SET retry_at = 0 WHERE retry_at > ?", (latest,))
            self._ledger.execute(
                "UPDATE photo SET orphaned_at = ? WHERE orphaned_at > ?", (now, now)
            )

    def clock_set(self, since: float, until: float, by_s: float) -> None:
        """Move what was written by a clock that showed `since` to `until`, and then `by_s` more.

        In one transaction. What an earlier clock wrote within that span is moved as well, and lives
        or waits a little longer, or less.
        """
        waiting = (by_s, since, until + LONGEST_RETRY_S)
        with self._ledger.transaction():
            self._ledger.execute(
                "UPDATE file SET retry_at = retry_at + ? WHERE retry_at BETWEEN ? AND ?"
                " AND state = ?",
                (*waiting, State.RETRY),
            )
            self._ledger.execute(
                "UPDATE writing SET retry_at = retry_at + ? WHERE retry_at BETWEEN ? AND ?", waiting
            )
            self._ledger.execute(
                "UPDATE photo SET orphaned_at = orphaned_at + ? WHERE orphaned_at BETWEEN ? AND ?",
                (by_s, since, until),
            )
