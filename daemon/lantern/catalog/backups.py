"""The backup's reports, kept for as long as anybody may ask what became of it.

What a report says is `backup.report`'s; here it is a text with an id that sorts by time.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lantern.catalog.caption_reader import Queryable
from lantern.catalog.ledger import Ledger

MOST = 2_000
"""So many are kept, five years of nightly ones: a few MB."""

MEMORY = "backup"
"""The setting that holds what the watch over the backup remembers."""


class KeptReport(msgspec.Struct, frozen=True):
    """One report, JSON, of the run `id`."""

    id: str
    text: bytes


class Backups:
    """The writing side. Blocking; the catalog's one thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, reports: Iterable[KeptReport]) -> None:
        """Keep those that are not there yet, in one transaction; the oldest go."""
        with self._ledger.transaction():
            for report in reports:
                self._ledger.execute(
                    "INSERT OR IGNORE INTO backup_report VALUES (?, ?)", (report.id, report.text)
                )
            self._ledger.execute(
                "DELETE FROM backup_report WHERE id <="
                " (SELECT id FROM backup_report ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (MOST,),
            )

    def remember(self, text: str) -> None:
        """Keep what the watch over the backup has to know after a restart."""
        with self._ledger.transaction():
            self._ledger.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (MEMORY, text))


def backup_reports(connection: Queryable, limit: int) -> list[KeptReport]:
    """Return the newest `limit` reports, the newest first."""
    rows = connection.rows(
        "SELECT id, report FROM backup_report ORDER BY id DESC LIMIT ?", (limit,)
    )
    return [KeptReport(*row) for row in rows]
