"""The catalog's reading side: what the page, the status and the search documents need.

Never writes. Any number of processes may read while the daemon writes, or while it is down. See
`live` for how a reader of another user copes with SQLite's WAL.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

import msgspec

from lantern.catalog.live import LiveConnection, Row
from lantern.catalog.state import State
from lantern.catalog.summary import Counts, Problem
from lantern.imaging.formats import Format
from lantern.model import Caption, Fingerprint, Metadata, PhotoId, Tag


class Described(msgspec.Struct, frozen=True):
    """What `photo.description` holds, as JSON."""

    caption: Caption
    tags: tuple[Tag, ...]


class FileRecord(msgspec.Struct, frozen=True):
    """One file that holds a photo; `path` is relative to the photo root."""

    path: bytes
    size: int
    format: Format
    metadata: Metadata
    remark: str | None


class PhotoRecord(msgspec.Struct, frozen=True):
    """One described photo with every file that holds it, the longest known first."""

    id: PhotoId
    fingerprint: Fingerprint
    revision: int
    caption: Caption
    tags: tuple[Tag, ...]
    files: tuple[FileRecord, ...]

    @property
    def metadata(self) -> Metadata | None:
        """Return what the longest known file says: a copy that comes later changes nothing."""
        return self.files[0].metadata if self.files else None


class Queryable(Protocol):
    """A connection, or something that stands for one."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query."""
        ...


class CatalogReader:
    """Read-only questions to the catalog. Blocking; safe to share between threads.

    Every method raises `Unavailable` when the catalog does not exist yet or cannot be read now.
    """

    def __init__(self, connection: Queryable) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return a reader of the catalog at `path`, which need not exist yet."""
        return cls(LiveConnection(path))

    def photo(self, photo_id: PhotoId) -> PhotoRecord | None:
        """Return one photo, or None if there is none, or no file holds it any more."""
        found = self.photos([photo_id])
        return found[0] if found else None

    def photos(self, ids: Sequence[PhotoId]) -> list[PhotoRecord]:
        """Return the photos of `ids` that a file holds, in the order of `ids`."""
        found = {record.id: record for record in self._records(ids) if record.files}
        return [found[photo_id] for photo_id in ids if photo_id in found]

    def by_fingerprint(self, fingerprint: Fingerprint) -> PhotoId | None:
        """Return the photo with this image data, described once already, or None."""
        rows = self._connection.rows("SELECT id FROM photo WHERE fingerprint = ?", (fingerprint,))
        return PhotoId(rows[0][0]) if rows else None

    def outbox(self, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos whose newest revision the index has not taken.

        One without files must leave the index.
        """
        rows = self._connection.rows(
            "SELECT id FROM photo WHERE indexed_revision < revision LIMIT ?", (limit,)
        )
        return self._records([row[0] for row in rows])

    def counts(self) -> Counts:
        """Return how many files stand where."""
        rows = self._connection.rows("SELECT state, COUNT(*) FROM file GROUP BY state")
        by_state = {state.lower(): count for state, count in rows}
        photos, waiting = self._connection.rows(
            "SELECT (SELECT COUNT(*) FROM photo WHERE orphaned_at IS NULL),"
            " (SELECT COUNT(*) FROM photo WHERE indexed_revision < revision"
            "  AND orphaned_at IS NULL)"
        )[0]
        return Counts(
            files=sum(by_state.values()), photos=photos, indexed=photos - waiting, **by_state
        )

    def problems(self, limit: int = 100) -> list[Problem]:
        """Return up to `limit` files that failed, wait for another try, or carry a remark."""
        rows = self._connection.rows(
            "SELECT folder, name, state, reason, remark FROM file"
            " WHERE state IN ('FAILED', 'RETRY') OR remark IS NOT NULL"
            " ORDER BY state = 'CAPTIONED', folder, name LIMIT ?",
            (limit,),
        )
        return [Problem(joined(r[0], r[1]), State(r[2]), r[3] or r[4] or "") for r in rows]

    def sentences(self) -> list[tuple[bytes, str]]:
        """Return (path, sentence) of every described file, in the order of paths."""
        rows = self._connection.rows(
            "SELECT folder, name, description FROM file JOIN photo ON photo.id = photo_id"
            " WHERE state = 'CAPTIONED' ORDER BY folder, name"
        )
        return [(joined(r[0], r[1]), _described(r[2]).caption.sentence) for r in rows]

    def setting(self, key: str) -> str | None:
        """Return a value that the daemon keeps for itself, or None."""
        rows = self._connection.rows("SELECT value FROM setting WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def _records(self, ids: Sequence[int]) -> list[PhotoRecord]:
        marks = ",".join("?" * len(ids))
        photos = self._connection.rows(
            f"SELECT id, fingerprint, revision, description FROM photo WHERE id IN ({marks})",
            ids,
        )
        files: dict[int, list[FileRecord]] = {row[0]: [] for row in photos}
        for row in self._connection.rows(
            "SELECT photo_id, folder, name, size, format, metadata, remark FROM file"
            f" WHERE photo_id IN ({marks}) ORDER BY id",
            ids,
        ):
            files[row[0]].append(_file(row))
        return [_photo(row, tuple(files[row[0]])) for row in photos]


def joined(folder: bytes, name: bytes) -> bytes:
    """Return the path of `name` in `folder`, relative to the photo root."""
    return os.path.join(folder, name)


def _described(description: bytes) -> Described:
    return msgspec.json.decode(description, type=Described)


def _file(row: Row) -> FileRecord:
    _, folder, name, size, format_, metadata, remark = row
    return FileRecord(
        path=joined(folder, name),
        size=size,
        format=Format(format_),
        metadata=msgspec.json.decode(metadata, type=Metadata),
        remark=remark,
    )


def _photo(row: Row, files: tuple[FileRecord, ...]) -> PhotoRecord:
    photo_id, fingerprint, revision, description = row
    described = _described(description)
    return PhotoRecord(
        id=photo_id,
        fingerprint=fingerprint,
        revision=revision,
        caption=described.caption,
        tags=described.tags,
        files=files,
    )
