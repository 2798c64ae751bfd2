"""Thumbnails and previews: a key-value store in one SQLite file, disposable.

Thousands of small files would cost an SD card a block each and a directory walk; one file costs
neither. Whatever is missing here is made again from the photo, so nothing in it is precious: a
file that SQLite calls damaged is thrown away.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from lantern.catalog.live import LiveConnection, is_damage, reading, writing
from lantern.errors import StateUnavailable, Unavailable
from lantern.model import Fingerprint

THUMBNAIL = "thumbnail"
PREVIEW = "preview"
"""A browser-sized rendition, kept only of formats that browsers do not show."""

MOST_UNFLUSHED = 64


class ThumbnailStore:
    """The writing side; one in the daemon. Blocking, one thread at a time.

    What is put is seen by readers from the next `flush` on, and lost if the process is killed
    before: a commit writes whole pages twice, and an SD card wears by them.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._unflushed = 0
        self.has_lost = False
        """Whether the disk refused some that were put; whoever has them made anew sets it back."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the store at `path`; a damaged one is replaced by an empty one.

        Raises:
            Unavailable: the disk refuses, or another program holds the file.
        """
        try:
            return cls(_open(path))
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise Unavailable(
                    f"{path}: cannot be opened ({error}); look at the disk and the file's owner"
                ) from error
        return cls(_opened_anew(path))

    def put(self, fingerprint: Fingerprint, kind: str, image: bytes) -> None:
        """Store `image`, replacing what was there; the last few wait for `flush`.

        Raises:
            StateUnavailable: the disk refuses; this and the last few are lost.
        """
        with self._writing():
            self._connection.execute(
                "INSERT OR REPLACE INTO image VALUES (?, ?, ?)", (fingerprint, kind, image)
            )
        self._unflushed += 1
        if self._unflushed >= MOST_UNFLUSHED:
            self.flush()

    def flush(self) -> None:
        """Let readers see what was put, and a kill spare it. Raise as `put` does."""
        self._unflushed = 0
        with self._writing():
            self._connection.commit()

    def has(self, fingerprint: Fingerprint) -> bool:
        """Tell whether the thumbnail of `fingerprint` is stored."""
        query = "SELECT 1 FROM image WHERE fingerprint = ? AND kind = ?"
        with self._heeding_damage(), reading("thumbnails"):
            return self._connection.execute(query, (fingerprint, THUMBNAIL)).fetchone() is not None

    def fingerprints(self) -> set[Fingerprint]:
        """Return the fingerprints of all stored thumbnails."""
        query = "SELECT fingerprint FROM image WHERE kind = ?"
        with self._heeding_damage(), reading("thumbnails"):
            return {Fingerprint(row[0]) for row in self._connection.execute(query, (THUMBNAIL,))}

    def delete(self, fingerprint: Fingerprint) -> None:
        """Forget all images of `fingerprint`; harmless if there is none. Flushes."""
        with self._writing():
            self._connection.execute("DELETE FROM image WHERE fingerprint = ?", (fingerprint,))
        self.flush()

    def close(self) -> None:
        """Flush and close the store; it can be opened again."""
        with contextlib.suppress(StateUnavailable):  # they are made again at the next start
            self.flush()
        self._connection.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._heeding_damage(), writing("thumbnails"):
                yield
        except StateUnavailable:
            self.has_lost = True
            self._connection.rollback()
            raise

    @contextlib.contextmanager
    def _heeding_damage(self) -> Iterator[None]:
        """Throw a file away that proves damaged, and say so by `StateUnavailable`."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            _, _, path = self._connection.execute("PRAGMA database_list").fetchone()
            self._connection.close()
            self.has_lost = True
            self._connection, self._unflushed = _opened_anew(Path(path)), 0
            raise StateUnavailable(
                f"thumbnails: {path} was damaged ({error}) and is begun anew; all are made again"
            ) from error


class ThumbnailReader:
    """The reading side, for any process. Blocking, thread-safe; raises `Unavailable`."""

    def __init__(self, path: Path) -> None:
        self._connection = LiveConnection(path)

    def get(self, fingerprint: Fingerprint, kind: str) -> bytes | None:
        """Return one stored image, or None."""
        rows = self._connection.rows(
            "SELECT image FROM image WHERE fingerprint = ? AND kind = ?", (fingerprint, kind)
        )
        return rows[0][0] if rows else None

    def fingerprints(self) -> set[Fingerprint]:
        """Return the fingerprints of all stored thumbnails."""
        rows = self._connection.rows("SELECT fingerprint FROM image WHERE kind = ?", (THUMBNAIL,))
        return {Fingerprint(row[0]) for row in rows}


_SCHEMA = """
    PRAGMA page_size = 4096;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA journal_size_limit = 4194304;
    CREATE TABLE IF NOT EXISTS image (
        fingerprint TEXT NOT NULL,
        kind TEXT NOT NULL,
        image BLOB NOT NULL,
        PRIMARY KEY (fingerprint, kind)
    );
"""


def _opened_anew(path: Path) -> sqlite3.Connection:
    for leftover in path.parent.glob(path.name + "*"):
        leftover.unlink()
    return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level="DEFERRED")
    try:
        connection.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
