"""The catalog's writing side. One in the daemon: the one writer.

A commit does not wait for the disk (`synchronous = NORMAL` in WAL mode): a killed daemon loses
nothing that was committed, a power cut at most the last moments, which are then done again. The
big jobs, scans and index acknowledgements, are one transaction each; a described photo is one, so
that a kill repeats at most the photo in hand. Sentences are the matter of `captions` and `writing`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import msgspec

from lantern.catalog import schema
from lantern.catalog.backups import Backups
from lantern.catalog.captions import Captions
from lantern.catalog.clock import Times
from lantern.catalog.dating import file_date
from lantern.catalog.hiding import Hiding
from lantern.catalog.ledger import Ledger
from lantern.catalog.live import AMONG, is_damage, listed
from lantern.catalog.pictures import Pictures
from lantern.catalog.reader import CatalogReader
from lantern.catalog.records import joined
from lantern.catalog.served import ServerOutbox
from lantern.catalog.similarity import Groups
from lantern.catalog.state import Captioned, Changed, Event, Life, State, after
from lantern.catalog.visits import Visits
from lantern.catalog.writing import Writing
from lantern.errors import Damaged, Unavailable
from lantern.imaging.formats import Format
from lantern.model import Description, Fingerprint, Imprint, Metadata, PhotoId

PAGE_BYTES = 1024
"""A commit writes whole pages: small ones spare the SD card, less than half of the bytes a photo
that pages of 4096 cost (18 kB against 44 kB, measured by the process's own count of writes)."""

SUSPECT = ".suspect"
"""What is appended to the name of a catalog whose damage was met, for the next start to know."""

ORPHAN_LIFETIME_S = 30 * 24 * 3600.0
"""How long a photo that no file holds is remembered: a disk that comes back costs no captioning."""


class Known(msgspec.Struct, frozen=True):
    """A file as the catalog knows it; `sidecar` is the stamp of the XMP file beside it, or 0."""

    id: int
    size: int
    mtime_ns: int
    sidecar: int = 0


class Found(msgspec.Struct, frozen=True):
    """A file as the scan found it; `sidecar` is the stamp of the XMP file beside it, or 0."""

    name: bytes
    size: int
    mtime_ns: int
    sidecar: int = 0


class PendingFile(msgspec.Struct, frozen=True):
    """A file that waits for work, as it was when it was fetched; `path` is below the photo root."""

    id: int
    path: bytes
    size: int
    mtime_ns: int
    sidecar: int
    life: Life


class Reading(msgspec.Struct, frozen=True):
    """What was read from a file and its sidecar, beside its picture's description."""

    fingerprint: Fingerprint
    format: Format
    metadata: Metadata
    remark: str | None
    imprint: Imprint | None = None
    sidecar: int = 0
    sharpness: float | None = None

    @property
    def carried(self) -> str | None:
        """Return the key of the imprint, unless another program changed the sentence since."""
        imprint = self.imprint
        if imprint is None or self.metadata.human_caption not in {None, imprint.sentence}:
            return None
        return imprint.key

    @property
    def replaced(self) -> str | None:
        """Return what the imprint replaced in the file, if it stands there."""
        return self.imprint.replaced if self.imprint and self.carried else None


class Catalog:
    """Every write to the catalog. Blocking; one thread at a time.

    `read` answers questions within the same connection, `captions` keeps what people say,
    `writing` the files that are still to carry a sentence, `hiding` what visitors do not see.
    """

    def __init__(self, connection: sqlite3.Connection, suspect: Path | None = None) -> None:
        self._connection = connection
        self.was_left_open = False
        """Whether whoever wrote it last did not close it: it was killed, or power went."""
        self._ledger = Ledger(connection, suspect)
        self.rows = self._ledger.rows
        self._transaction = self._ledger.transaction
        self.read = CatalogReader(self._ledger)
        self.writing = Writing(self._ledger)
        self._pictures = Pictures(self._ledger, self.writing)
        self.captions = Captions(self._ledger, self.writing)
        self.hiding = Hiding(self._ledger)
        self.served = ServerOutbox(self._ledger)
        self.groups = Groups(self._ledger)
        self.visits = Visits(self._ledger)
        self.backups = Backups(self._ledger)
        self.times = Times(self._ledger)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the catalog at `path`, creating or migrating it.

        Raises:
            ConfigError: the catalog comes from a newer Lantern.
            Damaged: the file is no catalog, or none any more (`rescue.open_catalog`).
            Unavailable: the disk refuses, or another program holds the file.
        """
        if path.exists() and not path.stat().st_size:
            raise Damaged(f"{path.name}: expected a catalog, got an empty file")
        left = path.with_name(f"{path.name}-wal")
        was_left_open = left.exists() and left.stat().st_size > 0
        with contextlib.ExitStack() as stack:
            try:
                connection = sqlite3.connect(path, check_same_thread=False, timeout=10.0)
                stack.callback(connection.close)
                connection.executescript(
                    f"PRAGMA page_size = {PAGE_BYTES};"
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                    "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 4194304;"
                )
                schema.migrate(connection)
            except sqlite3.DatabaseError as error:
                if is_damage(error):
                    raise Damaged(f"{path.name}: {error}") from error
                raise Unavailable(
                    f"{path}: cannot be opened ({error}); look at the disk and the file's owner"
                ) from error
            stack.pop_all()
        catalog = cls(connection, path.with_name(path.name + SUSPECT))
        catalog.was_left_open = was_left_open
        return catalog

    def close(self) -> None:
        """Write the WAL back and close."""
        self._connection.close()

    # What the scan writes.

    def folders(self) -> list[bytes]:
        """Return every folder in which the catalog knows a file."""
        return [row[0] for row in self.rows("SELECT DISTINCT folder FROM file")]

    def known(self, folder: bytes) -> dict[bytes, Known]:
        """Return the files known directly in `folder`, by name."""
        rows = self.rows(
            "SELECT name, id, size, mtime_ns, sidecar FROM file WHERE folder = ?", (folder,)
        )
        return {row[0]: Known(*row[1:]) for row in rows}

    def discover(self, folder: bytes, found: Iterable[Found], now: float) -> None:
        """Enter new and changed files of `folder`, in one transaction: they await work.

        A changed file keeps its photo until it is described anew, so that search never blinks.
        """
        with self._transaction():
            for file in found:
                self._enter(folder, file, after(Life(), Changed(), now))

    def remove(self, files: Iterable[int], now: float) -> None:
        """Forget `files`, in one transaction; their photos are remembered for a while."""
        with self._transaction():
            for file_id in files:
                self._let_go(file_id, now)
                self._connection.execute("DELETE FROM file WHERE id = ?", (file_id,))

    # What the pipeline writes.

    def pending(self, now: float, limit: int) -> list[PendingFile]:
        """Return up to `limit` files that ask for work at Unix time `now`, new ones first."""
        new = self._pending(State.DISCOVERED, now, limit)
        return new + self._pending(State.RETRY, now, limit - len(new))

    def next_retry(self) -> float | None:
        """Return the Unix time of the next retry, or None."""
        rows = self.rows("SELECT MIN(retry_at) FROM file WHERE state = ?", (State.RETRY,))
        return rows[0][0] if rows else None

    def happened(self, file: PendingFile, event: Event, now: float) -> Life:
        """Write down what became of `file`; return its new life.

        Without effect if the file was changed or removed since it was fetched.
        """
        life = after(file.life, event, now)
        with self._transaction():
            if self._write_life(file, life) and life.state is State.FAILED:
                self._let_go(file.id, now)
                self.writing.drop(file.id)
        return life

    def described(
        self, file: PendingFile, reading: Reading, description: Description | None, now: float
    ) -> PhotoId:
        """Write down a described file: its reading, its life and its photo, in one transaction.

        `description` is None if the picture was described before, under the same fingerprint. If
        the file was changed or removed since it was fetched, the photo alone is remembered.

        Raises:
            Unavailable: there is neither a description nor a photo of this fingerprint.
        """
        with self._transaction():
            photo_id, asked_again = self._pictures.met(
                reading.fingerprint, reading.sharpness, description
            )
            self._pictures.date(photo_id, file_date(file.mtime_ns, now))
            life = Life() if asked_again else after(file.life, Captioned(), now)
            if self._write_life(file, life):
                self._read_from(file, reading, photo_id, now)
            self._ledger.revise(photo_id, now)
        return photo_id

    def is_described(self, fingerprint: Fingerprint) -> bool:
        """Tell whether a picture needs no work of the model: it is known, and nobody asked."""
        return self.rows(
            "SELECT 1 FROM photo WHERE fingerprint = ? AND NOT redescribe", (fingerprint,)
        ) == [(1,)]

    def describe_again(self, photos: Sequence[PhotoId]) -> int:
        """Ask the model about photos again, in one transaction; return of how many it could be.

        They are shown as they are until it has answered. A photo that no file holds is left out.
        """
        with self._transaction():
            self._ledger.execute(
                # The "+" keeps SQLite from looking through all files of this state.
                f"UPDATE file SET state = ? WHERE +state = ? AND photo_id {AMONG}",
                (State.DISCOVERED, State.CAPTIONED, listed(photos)),
            )
            return self._ledger.execute(
                f"UPDATE photo SET redescribe = 1 WHERE orphaned_at IS NULL AND id {AMONG}",
                (listed(photos),),
            )

    def work_again(self, fingerprints: Iterable[Fingerprint]) -> None:
        """Ask for work on the files of these photos, in one transaction."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE file SET state = ? WHERE state = ? AND photo_id ="
                " (SELECT id FROM photo WHERE fingerprint = ?)",
                [(State.DISCOVERED, State.CAPTIONED, fingerprint) for fingerprint in fingerprints],
            )

    def fingerprints(self, *, held: bool = True) -> set[Fingerprint]:
        """Return the fingerprints of all photos; only of those that a file holds if `held`."""
        which = "WHERE orphaned_at IS NULL" if held else ""
        rows = self.rows(f"SELECT fingerprint FROM photo {which}")
        return {Fingerprint(row[0]) for row in rows}

    # What the index sync writes.

    def indexed(self, revisions: Sequence[tuple[PhotoId, int]]) -> None:
        """Note that the index took these revisions, in one transaction."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE photo SET indexed_revision = ? WHERE id = ?",
                [(revision, photo_id) for photo_id, revision in revisions],
            )
            self._ledger.published()

    def index(self) -> str | None:
        """Return the generation of the index in use, or None if there was none yet."""
        return self.read.setting("index")

    def index_is(self, generation: str) -> None:
        """Note that a new, empty index is in use, in one transaction: everything is sent again."""
        with self._transaction():
            self._connection.execute("UPDATE photo SET indexed_revision = 0")
            self._connection.execute(
                "INSERT OR REPLACE INTO setting VALUES ('index', ?)", (generation,)
            )

    def purge(self, now: float) -> list[Fingerprint]:
        """Forget photos that no file held for `ORPHAN_LIFETIME_S`; return their fingerprints."""
        with self._transaction():
            rows = self._connection.execute(
                "DELETE FROM photo WHERE orphaned_at < ? AND indexed_revision >= revision"
                " RETURNING fingerprint",
                (now - ORPHAN_LIFETIME_S,),
            ).fetchall()
        return [Fingerprint(row[0]) for row in rows]

    # Steps within a transaction.

    def _enter(self, folder: bytes, file: Found, life: Life) -> None:
        self._connection.execute(
            "INSERT INTO file (folder, name, size, mtime_ns, sidecar,"
            " state, attempts, losses, retry_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (folder, name) DO UPDATE SET"
            " size = excluded.size, mtime_ns = excluded.mtime_ns, sidecar = excluded.sidecar,"
            " state = excluded.state, attempts = excluded.attempts, losses = excluded.losses,"
            " retry_at = excluded.retry_at, reason = excluded.reason, remark = NULL",
            (
                *(folder, file.name, file.size, file.mtime_ns, file.sidecar),
                *msgspec.structs.astuple(life),
            ),
        )
        self.writing.changed(folder, file.name)

    def _pending(self, state: State, now: float, limit: int) -> list[PendingFile]:
        rows = self.rows(
            "SELECT id, folder, name, size, mtime_ns, sidecar,"
            " attempts, losses, retry_at, reason FROM file"
            " WHERE state = ? AND retry_at <= ? ORDER BY retry_at, id LIMIT ?",
            (state, now, limit),
        )
        return [
            PendingFile(r[0], joined(r[1], r[2]), r[3], r[4], r[5], Life(state, *r[6:]))
            for r in rows
        ]

    def _write_life(self, file: PendingFile, life: Life) -> bool:
        """Write `life` unless the file was changed since it was fetched; tell whether it stands."""
        cursor = self._connection.execute(
            "UPDATE file SET state = ?, attempts = ?, losses = ?, retry_at = ?, reason = ?"
            " WHERE id = ? AND size = ? AND mtime_ns = ? AND sidecar = ?",
            (*msgspec.structs.astuple(life), file.id, file.size, file.mtime_ns, file.sidecar),
        )
        return cursor.rowcount == 1

    def _read_from(
        self, file: PendingFile, reading: Reading, photo_id: PhotoId, now: float
    ) -> None:
        ((before, carried_before),) = self.rows(
            "SELECT photo_id, carried FROM file WHERE id = ?", (file.id,)
        )
        if before != photo_id:
            carried_before = None
            self._let_go(file.id, now)
            self.writing.drop(file.id)
        human = self.captions.heed(
            reading.fingerprint, file.path, reading.metadata.human_caption, reading.imprint, now
        )
        metadata = msgspec.structs.replace(reading.metadata, human_caption=human)
        self._ledger.execute(
            "UPDATE file SET format = ?, metadata = ?, remark = ?, photo_id = ?, sidecar = ?,"
            " carried = ?, replaced = ? WHERE id = ?",
            (
                *(reading.format, msgspec.json.encode(metadata), reading.remark, photo_id),
                *(reading.sidecar, reading.carried, reading.replaced, file.id),
            ),
        )
        self.writing.read_from(file.id, reading.carried, carried_before, reading.imprint)

    def _let_go(self, file_id: int, now: float) -> None:
        """Part a file from its photo, if it held one."""
        for (photo_id,) in self.rows(
            "SELECT photo_id FROM file WHERE id = ? AND photo_id IS NOT NULL", (file_id,)
        ):
            self._connection.execute("UPDATE file SET photo_id = NULL WHERE id = ?", (file_id,))
            self._ledger.revise(photo_id, now)
