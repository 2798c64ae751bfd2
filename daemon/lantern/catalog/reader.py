"""The catalog's reading side: what the page, the status and the search documents need.

Never writes. Any number of processes may read while the daemon writes, or while it is down. See
`live` for how a reader of another user copes with SQLite's WAL.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self

import msgspec

from lantern.catalog.live import LiveConnection, Row
from lantern.catalog.state import State
from lantern.catalog.summary import CaptionHealth, Counts, Problem, Unwritten
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
    """One described photo with every file that holds it, the longest known first.

    `caption` is the model's; `correction` the sentence by which a person replaced it, if one did.
    """

    id: PhotoId
    fingerprint: Fingerprint
    revision: int
    caption: Caption
    tags: tuple[Tag, ...]
    files: tuple[FileRecord, ...]
    correction: str | None = None

    @property
    def human_caption(self) -> str | None:
        """Return what a person said: the correction, else what the first file says that does."""
        said = (file.metadata.human_caption for file in self.files)
        return self.correction or next(filter(None, said), None)

    @property
    def by_human(self) -> bool:
        """Tell whether `sentence` is a person's."""
        return self.human_caption is not None

    @property
    def sentence(self) -> str:
        """Return the sentence to show: a person's before the model's."""
        return self.human_caption or self.caption.sentence

    @property
    def metadata(self) -> Metadata | None:
        """Return what the longest known file says: a copy that comes later changes nothing."""
        return self.files[0].metadata if self.files else None


class FileCaption(msgspec.Struct, frozen=True):
    """One file with the sentence that is shown of its photo, and the model's."""

    id: int
    path: bytes
    fingerprint: Fingerprint
    sentence: str
    by_human: bool
    machine: str
    model: str
    score: float
    from_tags: bool


class CorrectionRecord(msgspec.Struct, frozen=True):
    """What a person said in place of the `machine`'s sentence, at Unix time `at`.

    `path` is where the photo lay then; only the newest that was not withdrawn is `standing`.
    """

    id: int
    path: bytes
    fingerprint: Fingerprint
    sentence: str
    machine: str
    model: str
    at: float
    standing: bool


class FileState(msgspec.Struct, frozen=True):
    """Where a file stands, why, and the photo that it holds."""

    state: State
    reason: str
    photo: PhotoId | None


class Carrying(msgspec.Struct, frozen=True):
    """What a file carries: an imprint's key or None; and whether another is to be written."""

    path: bytes
    sidecar: int
    carried: str | None
    waiting: bool
    reason: str


LATELY_S = 30 * 24 * 3600.0
"""The month of which `CaptionHealth` tells."""

_FILES_AND_PHOTOS = (
    "file JOIN photo ON photo.id = file.photo_id"
    " LEFT JOIN correction ON correction.fingerprint = photo.fingerprint AND standing"
)
_HUMAN = (
    "COALESCE(correction.sentence, (SELECT other.human FROM file AS other"
    " WHERE other.photo_id = photo.id AND other.human IS NOT NULL ORDER BY other.id LIMIT 1))"
)
_MACHINE = "json_extract(CAST(description AS TEXT), '$.caption.sentence')"
_SHOWN = f"COALESCE({_HUMAN}, {_MACHINE})"
_HEALTH = (
    "SELECT model, COUNT(*), SUM(score), SUM(from_tags), COUNT(*),"
    f" {', '.join(f'SUM(score >= 0.{number})' for number in range(1, 10))}"
    " FROM photo INDEXED BY photo_model WHERE orphaned_at IS NULL GROUP BY model"
)
_COUNT_HUMAN = """
    SELECT COUNT(*) FROM (
        SELECT photo_id FROM file WHERE human IS NOT NULL
        UNION SELECT photo.id FROM correction CROSS JOIN photo USING (fingerprint)
        WHERE standing AND orphaned_at IS NULL
    )
"""


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
        unwritten, refused = self._writing()
        return Counts(
            files=sum(by_state.values()),
            photos=photos,
            indexed=photos - waiting,
            unwritten=unwritten,
            refused=refused,
            **by_state,
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

    def unwritten(self, limit: int = 100) -> list[Unwritten]:
        """Return up to `limit` files into which a sentence could not be written, and why."""
        rows = self._connection.rows(
            "SELECT folder, name, writing.reason, refused FROM writing JOIN file ON id = file_id"
            " WHERE writing.reason <> '' ORDER BY refused DESC, folder, name LIMIT ?",
            (limit,),
        )
        return [Unwritten(joined(r[0], r[1]), r[2], bool(r[3])) for r in rows]

    def untried(self) -> int:
        """Return how many files wait for their sentence to be written, and were never tried."""
        rows = self._connection.rows(
            "SELECT COUNT(*) FROM writing WHERE NOT refused AND retry_at = 0"
        )
        return int(rows[0][0])

    def sentences(self) -> list[tuple[bytes, str]]:
        """Return (path, sentence) of every described file, in the order of paths."""
        rows = self._connection.rows(
            f"SELECT folder, name, {_SHOWN} FROM {_FILES_AND_PHOTOS}"
            " WHERE file.state = 'CAPTIONED' ORDER BY folder, name"
        )
        return [(joined(folder, name), sentence) for folder, name, sentence in rows]

    def captions(self, after: int = 0, limit: int = 1000) -> list[FileCaption]:
        """Return up to `limit` files with their sentences, by rising id, from `after` on."""
        rows = self._connection.rows(
            "SELECT file.id, folder, name, photo.fingerprint, photo.model, score, from_tags,"
            f" {_HUMAN}, {_MACHINE} FROM {_FILES_AND_PHOTOS}"
            " WHERE file.id > ? ORDER BY file.id LIMIT ?",
            (after, limit),
        )
        return [_caption(row) for row in rows]

    def corrections(self, after: int = 0, limit: int = 1000) -> list[CorrectionRecord]:
        """Return up to `limit` corrections that people made, by rising id, from `after` on."""
        rows = self._connection.rows(
            "SELECT id, path, fingerprint, sentence, machine, model, at, standing FROM correction"
            " WHERE id > ? AND sentence <> '' ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [_correction_record(row) for row in rows]

    def caption_health(self, now: float) -> CaptionHealth:
        """Return how the captions are doing at Unix time `now`."""
        models = self._connection.rows(_HEALTH)
        at_least = [sum(row[4 + number] for row in models) for number in range(10)]
        corrections, lately = self._connection.rows(
            "SELECT COUNT(*), COALESCE(SUM(at > ?), 0) FROM correction WHERE sentence <> ''",
            (now - LATELY_S,),
        )[0]
        unwritten, refused = self._writing()
        return CaptionHealth(
            photos_by_model={row[0]: row[1] for row in models},
            score_bins=tuple(low - high for low, high in pairwise([*at_least, 0])),
            score_sum=sum(row[2] for row in models),
            from_tags=sum(row[3] for row in models),
            human=self._connection.rows(_COUNT_HUMAN)[0][0],
            corrections=corrections,
            corrections_lately=lately,
            unwritten=unwritten,
            refused=refused,
        )

    def photo_ids(self, *, model_not: str | None = None) -> list[PhotoId]:
        """Return all photos that a file holds, or those that another model described."""
        rows = self._connection.rows(
            "SELECT id FROM photo INDEXED BY photo_model"
            " WHERE orphaned_at IS NULL AND model IS NOT ?",
            (model_not,),
        )
        return sorted(PhotoId(row[0]) for row in rows)

    def file_at(self, path: bytes) -> FileState | None:
        """Return what is known of the file at `path`, relative to the photo root, or None."""
        folder, name = os.path.split(path)
        rows = self._connection.rows(
            "SELECT state, reason, photo_id FROM file WHERE folder = ? AND name = ?",
            (folder, name),
        )
        return FileState(State(rows[0][0]), rows[0][1], rows[0][2]) if rows else None

    def carrying(self, photo_id: PhotoId) -> list[Carrying]:
        """Return, of each file that holds a photo, whether it carries the photo's sentence."""
        rows = self._connection.rows(
            "SELECT folder, name, sidecar, carried, writing.file_id IS NOT NULL,"
            " COALESCE(writing.reason, '') FROM file LEFT JOIN writing ON file_id = file.id"
            " WHERE photo_id = ? ORDER BY file.id",
            (photo_id,),
        )
        return [
            Carrying(joined(r[0], r[1]), r[2], r[3], waiting=bool(r[4]), reason=r[5]) for r in rows
        ]

    def setting(self, key: str) -> str | None:
        """Return a value that the daemon keeps for itself, or None."""
        rows = self._connection.rows("SELECT value FROM setting WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def _writing(self) -> tuple[int, int]:
        """Return how many files wait for their sentence, and how many cannot take it."""
        every, refused = self._connection.rows(
            "SELECT COUNT(*), COALESCE(SUM(refused), 0) FROM writing"
        )[0]
        return every - refused, refused

    def _records(self, ids: Sequence[int]) -> list[PhotoRecord]:
        marks = ",".join("?" * len(ids))
        photos = self._connection.rows(
            "SELECT photo.id, photo.fingerprint, revision, description, correction.sentence"
            " FROM photo LEFT JOIN correction"
            " ON correction.fingerprint = photo.fingerprint AND standing"
            f" WHERE photo.id IN ({marks})",
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


def described(description: bytes) -> Described:
    """Return what `photo.description` holds."""
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
    photo_id, fingerprint, revision, description, correction = row
    seen = described(description)
    return PhotoRecord(
        id=photo_id,
        fingerprint=fingerprint,
        revision=revision,
        caption=seen.caption,
        tags=seen.tags,
        files=files,
        correction=correction,
    )


def _correction_record(row: Row) -> CorrectionRecord:
    correction_id, path, fingerprint, sentence, machine, model, at, standing = row
    return CorrectionRecord(
        id=correction_id,
        path=path,
        fingerprint=fingerprint,
        sentence=sentence,
        machine=machine,
        model=model,
        at=at,
        standing=bool(standing),
    )


def _caption(row: Row) -> FileCaption:
    file_id, folder, name, fingerprint, model, score, from_tags, human, machine = row
    return FileCaption(
        id=file_id,
        path=joined(folder, name),
        fingerprint=fingerprint,
        sentence=human or machine,
        by_human=human is not None,
        machine=machine,
        model=model,
        score=score,
        from_tags=bool(from_tags),
    )
