"""A read-only SQLite connection that outlives the daemon's restarts, under another user if need be.

SQLite's WAL wants its -shm file even of readers. A reader that may write into the folder makes it
when it is missing; one that may not is refused after the daemon's clean shutdown, which removes
-wal and -shm. Just then the database file is complete and nobody writes, so it is read as
immutable until a -wal appears again. [SQLite: "Write-Ahead Logging", section "Read-Only Databases"]
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from lantern.errors import StateUnavailable, Unavailable

Row = tuple[Any, ...]

AMONG = "IN (SELECT value FROM json_each(?))"
"""Behind a column: it is one of `listed(numbers)`. One statement asks for any number of them: with
a mark for each, it would be another one for each number, and a connection keeps 128 of 25 kB."""

READ_ONLY, READ_ONLY_IMMUTABLE = "mode=ro", "mode=ro&immutable=1"
"""How SQLite opens a file [SQLite: "URI Filenames"]; an immutable file is one nobody writes."""


class LiveConnection:
    """Answers queries from the database at `path`, reopening it when it must. Thread-safe.

    It keeps up to `cache_kb` of pages that it read, until somebody commits.
    """

    def __init__(self, path: Path, cache_kb: int = 2000) -> None:
        self._path = path
        self._cache_kb = cache_kb
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._immutable = False
        self._openings = 0

    @property
    def openings(self) -> int:
        """How often it was opened."""
        return self._openings

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query; after a failed one the connection is opened anew.

        Raises:
            Unavailable: the database does not exist yet, or cannot be read now.
        """
        with self._lock:
            self._close_if_outlived()
            try:
                return self._open().execute(sql, parameters).fetchall()
            except sqlite3.Error as error:
                self._close()
                raise Unavailable(
                    f"{self._path.name}: cannot be read now ({error}); is the daemon set up? "
                    'see "lantern status"'
                ) from error

    def damage(self) -> str | None:
        """Return what SQLite's quick check finds wrong with the file, None for a whole one.

        Raises:
            Unavailable: it cannot be read now, which says nothing of its health.
        """
        try:
            answer = str(self.rows("PRAGMA quick_check(1)")[0][0])
        except Unavailable as error:
            if isinstance(error.__cause__, sqlite3.DatabaseError) and is_damage(error.__cause__):
                return str(error.__cause__)
            raise
        return None if answer == "ok" else answer

    def copy_to(self, path: Path) -> None:
        """Make `path` a copy of the database as it is at one moment, in a single file.

        Whoever writes meanwhile is not held up. What is at `path` is replaced.

        Raises:
            Unavailable: the database does not exist yet, cannot be read, or there is no room.
        """
        with self._lock:
            self._close_if_outlived()
            source = self._open()
            try:
                path.unlink(missing_ok=True)
                with contextlib.closing(sqlite3.connect(path)) as copy:
                    source.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")
            except (sqlite3.Error, OSError) as error:
                self._close()
                raise Unavailable(
                    f"{self._path.name}: cannot be copied to {path} ({error}); look at the disks"
                ) from error

    def close(self) -> None:
        """Close the connection; the next query opens it again."""
        with self._lock:
            self._close()

    def _close_if_outlived(self) -> None:
        if self._connection is None:
            return
        if self._identity != _identity(self._path) or (self._immutable and self._has_wal()):
            self._close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._identity = _identity(self._path)
            if self._identity is None:
                raise Unavailable(
                    f"{self._path.name}: not there yet; start the daemon, which makes it"
                )
            self._immutable = False
            self._openings += 1
            self._connection = _connect(self._path)
            try:
                self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
            except sqlite3.OperationalError:
                if self._has_wal():
                    raise
                self._connection.close()
                self._immutable = True
                self._connection = _connect(self._path, immutable=True)
            self._connection.execute(f"PRAGMA cache_size = {-self._cache_kb}")
        return self._connection

    def _has_wal(self) -> bool:
        return self._path.with_name(self._path.name + "-wal").exists()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def listed(numbers: Iterable[int]) -> str:
    """Return the parameter of `AMONG`."""
    return msgspec.json.encode(list(numbers)).decode()


def is_disks_fault(error: sqlite3.Error) -> bool:
    """Tell whether the disk is at fault: it is full, read-only, or gives no answer."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits tell details
    return code in {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether the file is at fault, rather than the disk, a lock or a permission."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits tell details
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        closed = isinstance(error, PermissionError)
        step = '; look by sudo, or as a member of the group "lantern-data"' if closed else ""
        raise Unavailable(f"{path}: cannot be read now ({error.strerror}){step}") from error
    return stat.st_dev, stat.st_ino


def _connect(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    uri = uri_of(path, READ_ONLY_IMMUTABLE if immutable else READ_ONLY)
    return sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=2.0)


def uri_of(path: Path, how: str) -> str:
    """Return what SQLite opens the file at `path` by, whatever its name; `how` is its options."""
    return f"file:{urllib.parse.quote(bytes(path.absolute()))}?{how}"


@contextlib.contextmanager
def writing(thing: str) -> Iterator[None]:
    """Turn SQLite's refusals within, of a disk that is full or failing, into `StateUnavailable`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StateUnavailable(
            f"{thing}: cannot be written ({error}); make room on its disk, or look at the disk's "
            "health"
        ) from error


@contextlib.contextmanager
def reading(thing: str) -> Iterator[None]:
    """Turn SQLite's complaints within, of a disk that fails, into `StateUnavailable`."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not is_disks_fault(error):
            raise
        raise StateUnavailable(
            f"{thing}: cannot be read ({error}); look at the disk's health"
        ) from error
