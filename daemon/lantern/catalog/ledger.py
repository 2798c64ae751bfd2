"""The catalog's one writing connection, as `store` and `captions` share it. Blocking."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence

from lantern.catalog.live import Row, writing
from lantern.model import PhotoId


class Ledger:
    """What is written within one `transaction` is committed together, or not at all."""

    openings = 1
    """It is one connection; see `Queryable`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query."""
        return self._connection.execute(sql, parameters).fetchall()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Return how many rows a statement changed."""
        return self._connection.execute(sql, parameters).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or nothing; `StateUnavailable` if the disk refuses."""
        with writing("catalog"), self._connection:
            yield

    def published(self) -> None:
        """Note, within a transaction, that searches may find or show something else than before."""
        self.execute(
            "INSERT INTO setting VALUES ('published', 1)"
            " ON CONFLICT (key) DO UPDATE SET value = value + 1"
        )

    def revise(self, photo_id: PhotoId, now: float) -> None:
        """Send a photo to the index anew, and note whether a file still holds it."""
        self.execute(
            "UPDATE photo SET revision = revision + 1, orphaned_at = CASE WHEN EXISTS"
            " (SELECT 1 FROM file WHERE photo_id = photo.id)"
            " THEN NULL ELSE COALESCE(orphaned_at, ?) END WHERE id = ?",
            (now, photo_id),
        )
