"""The catalog's one writing connection, as `store` and `captions` share it. Blocking."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from lantern import durable
from lantern.catalog.live import Row, is_damage, reading, writing
from lantern.errors import Damaged, StateUnavailable
from lantern.model import PhotoId


class Ledger:
    """What is written within one `transaction` is committed together, or not at all.

    The file `suspect` is made when damage is met: `rescue` heeds it at the next start.
    """

    openings = 1
    """It is one connection; see `Queryable`."""

    def __init__(self, connection: sqlite3.Connection, suspect: Path | None = None) -> None:
        self._connection = connection
        self._suspect = suspect

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query; `Damaged` if they cannot be what was written.

        Raises `StateUnavailable` where the disk does not let them be read: the next start looks
        whether it is for good.
        """
        try:
            with reading("catalog"):
                return self._connection.execute(sql, parameters).fetchall()
        except StateUnavailable:
            self._leave_word()
            raise
        except sqlite3.DatabaseError as error:
            self._heed(error)
            raise

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Return how many rows a statement changed; `Damaged` as for `rows`."""
        try:
            return self._connection.execute(sql, parameters).rowcount
        except sqlite3.DatabaseError as error:
            self._heed(error)
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done within, or nothing; `StateUnavailable` if the disk refuses."""
        try:
            with writing("catalog"), self._connection:
                yield
        except sqlite3.DatabaseError as error:
            self._heed(error)
            raise

    def _heed(self, error: sqlite3.DatabaseError) -> None:
        """Raise `Damaged` if the file is at fault, and leave word of it for the next start.

        What is read off a disk that fails says nothing of the file: `StateUnavailable`.
        """
        if is_damage(error):
            self._leave_word()
            if self._suspect is not None and not durable.is_kept(self._suspect.parent):
                raise StateUnavailable(
                    f"catalog: cannot be read ({error}); the disk fails, look at it"
                ) from error
            raise Damaged(
                f"catalog: {error}; the next start keeps it aside and makes it anew"
            ) from error

    def _leave_word(self) -> None:
        if self._suspect is not None:
            with contextlib.suppress(OSError):
                self._suspect.touch()

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
