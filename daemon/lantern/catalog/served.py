"""The outbox to the search server: which photos it has not taken in their newest revision.

Apart from the embedded index's, which is a column of every photo: the server may be down for weeks,
or there may be none. A trigger of the schema enters every photo that is revised while a server is
in use; without one nothing is written. A photo's row outlives the photo, so that what was forgotten
while the server was down is taken out of it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lantern.catalog.ledger import Ledger
from lantern.model import PhotoId


class Due(NamedTuple):
    """A photo to send, or to take out if no file holds it, as of `revision`."""

    photo: PhotoId
    revision: int


class ServerOutbox:
    """Blocking; within the catalog's one thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def generation(self) -> str | None:
        """Return the generation of the server's index in use; None if there is no server."""
        rows = self._ledger.rows("SELECT value FROM setting WHERE key = 'server'")
        return str(rows[0][0]) if rows else None

    def begin(self, generation: str) -> None:
        """Note that the server's index is new and empty, in one transaction: all is sent again."""
        with self._ledger.transaction():
            self._ledger.execute("DELETE FROM server_outbox")
            self._ledger.execute(
                "INSERT INTO server_outbox SELECT id, revision FROM photo WHERE orphaned_at IS NULL"
            )
            self._ledger.execute(
                "INSERT OR REPLACE INTO setting VALUES ('server', ?)", (generation,)
            )

    def forget(self) -> None:
        """Note that there is no server any more: nothing is entered for it."""
        if self.generation() is not None:
            with self._ledger.transaction():
                self._ledger.execute("DELETE FROM setting WHERE key = 'server'")
                self._ledger.execute("DELETE FROM server_outbox")

    def due(self, limit: int) -> list[Due]:
        """Return up to `limit` photos that the server has not taken."""
        rows = self._ledger.rows("SELECT photo_id, revision FROM server_outbox LIMIT ?", (limit,))
        return [Due(PhotoId(row[0]), row[1]) for row in rows]

    def done(self, taken: Sequence[Due]) -> None:
        """Note that the server took these, in one transaction; those revised since stay due."""
        with self._ledger.transaction():
            for photo, revision in taken:
                self._ledger.execute(
                    "DELETE FROM server_outbox WHERE photo_id = ? AND revision = ?",
                    (photo, revision),
                )
            self._ledger.published()

    def waiting(self) -> int:
        """Return how many photos are due."""
        return int(self._ledger.rows("SELECT COUNT(*) FROM server_outbox")[0][0])
