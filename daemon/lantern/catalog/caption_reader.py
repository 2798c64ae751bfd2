"""The catalog's questions about sentences: which is shown, whose it is, and what carries it.

The part of `reader.CatalogReader` that `lantern status`, `captions`, `recaption` and the metrics
ask. Never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from lantern.catalog.live import Row
from lantern.catalog.records import (
    Carrying,
    CorrectionRecord,
    FileCaption,
    correction_record,
    file_caption,
    joined,
)
from lantern.catalog.summary import CaptionHealth, Unwritten
from lantern.model import PhotoId

LATELY_S = 30 * 24 * 3600.0
"""The month of which `CaptionHealth` tells."""

_FILES_AND_PHOTOS = (
    "file JOIN photo ON photo.id = file.photo_id"
    " LEFT JOIN correction ON correction.fingerprint = photo.fingerprint AND standing"
)
HUMAN = (
    "COALESCE(correction.sentence, (SELECT other.human FROM file AS other"
    " WHERE other.photo_id = photo.id AND other.human IS NOT NULL ORDER BY other.id LIMIT 1))"
)
"""A person's sentence of `photo`, whose standing `correction` is joined to it; NULL without."""

_MACHINE = "json_extract(CAST(description AS TEXT), '$.caption.sentence')"
_SHOWN = f"COALESCE({HUMAN}, {_MACHINE})"
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
_COUNT_CORRECTED = """
    SELECT COUNT(*), COALESCE(SUM(at > ?), 0) FROM correction CROSS JOIN photo USING (fingerprint)
    WHERE standing AND orphaned_at IS NULL
"""


class Queryable(Protocol):
    """A connection, or something that stands for one."""

    @property
    def openings(self) -> int:
        """How often it was opened: what `PRAGMA data_version` counts begins anew with each."""
        ...

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Return all rows of a query."""
        ...


class CaptionReader:
    """Blocking, safe to share between threads; every method may raise `Unavailable`."""

    def __init__(self, connection: Queryable) -> None:
        self._connection = connection

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
            f" {HUMAN}, {_MACHINE} FROM {_FILES_AND_PHOTOS}"
            " WHERE file.id > ? ORDER BY file.id LIMIT ?",
            (after, limit),
        )
        return [file_caption(row) for row in rows]

    def corrections(self, after: int = 0, limit: int = 1000) -> list[CorrectionRecord]:
        """Return up to `limit` corrections that people made, by rising id, from `after` on."""
        rows = self._connection.rows(
            "SELECT id, path, fingerprint, sentence, machine, model, at, standing,"
            " replaced FROM correction"
            " WHERE id > ? AND sentence <> '' ORDER BY id LIMIT ?",
            (after, limit),
        )
        return [correction_record(row) for row in rows]

    def standing_corrections(self) -> list[CorrectionRecord]:
        """Return what people said that is shown now, by rising id."""
        rows = self._connection.rows(
            "SELECT id, path, fingerprint, sentence, machine, model, at, standing, replaced"
            " FROM correction WHERE standing AND sentence <> '' ORDER BY id"
        )
        return [correction_record(row) for row in rows]

    def sentences_in_files(self) -> list[tuple[bytes, str]]:
        """Return (path, sentence) of every file that carries a person's, in the order of paths."""
        rows = self._connection.rows(
            "SELECT folder, name, human FROM file INDEXED BY file_human WHERE human IS NOT NULL"
            " ORDER BY folder, name"
        )
        return [(joined(folder, name), sentence) for folder, name, sentence in rows]

    def caption_health(self, now: float) -> CaptionHealth:
        """Return how the captions are doing at Unix time `now`."""
        models = self._connection.rows(_HEALTH)
        at_least = [sum(row[4 + number] for row in models) for number in range(10)]
        corrected, lately = self._connection.rows(_COUNT_CORRECTED, (now - LATELY_S,))[0]
        ((ever,),) = self._connection.rows("SELECT COUNT(*) FROM correction WHERE sentence <> ''")
        unwritten, refused = self._files_in_writing()
        return CaptionHealth(
            photos_by_model={row[0]: row[1] for row in models},
            score_bins=tuple(low - high for low, high in pairwise([*at_least, 0])),
            score_sum=sum(row[2] for row in models),
            from_tags=sum(row[3] for row in models),
            human=self._connection.rows(_COUNT_HUMAN)[0][0],
            corrected=corrected,
            corrected_lately=lately,
            corrections=ever,
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

    def carrying(self, photo_id: PhotoId) -> list[Carrying]:
        """Return, of each file that holds a photo, whether it carries the photo's sentence."""
        rows = self._connection.rows(
            "SELECT folder, name, sidecar, carried, writing.file_id IS NOT NULL,"
            " COALESCE(writing.reason, ''), human, replaced"
            " FROM file LEFT JOIN writing ON file_id = file.id WHERE photo_id = ? ORDER BY file.id",
            (photo_id,),
        )
        return [
            Carrying(joined(r[0], r[1]), r[2], r[3], bool(r[4]), r[5], r[6], r[7]) for r in rows
        ]

    def _files_in_writing(self) -> tuple[int, int]:
        """Return how many files wait for their sentence, and how many cannot take it."""
        every, refused = self._connection.rows(
            "SELECT COUNT(*), COALESCE(SUM(refused), 0) FROM writing"
        )[0]
        return every - refused, refused
