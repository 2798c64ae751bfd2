"""The catalog's reading side: what the page, the status and the search documents need.

Never writes. Any number of processes may read while the daemon writes, or while it is down.
`caption_reader` holds the questions about sentences, `records` what is returned. See `live` for how
a reader of another user copes with SQLite's WAL.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from lantern.catalog.backups import KeptReport, backup_reports
from lantern.catalog.caption_reader import CaptionReader
from lantern.catalog.contradictions import Standing, contradictions, standings
from lantern.catalog.live import AMONG, LiveConnection, listed
from lantern.catalog.records import (
    FileRecord,
    FileState,
    PhotoRecord,
    file_record,
    joined,
    photo_record,
)
from lantern.catalog.shown import Shown, shown
from lantern.catalog.state import State
from lantern.catalog.summary import Counts, Problem, Tally
from lantern.catalog.visits import Visited, visited, visited_ever
from lantern.model import Fingerprint, PhotoId


class CatalogReader(CaptionReader):
    """Read-only questions to the catalog. Blocking; safe to share between threads.

    Every method raises `Unavailable` when the catalog does not exist yet or cannot be read now.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return a reader of the catalog at `path`, which need not exist yet."""
        return cls(LiveConnection(path))

    def hidden_fingerprints(self) -> list[Fingerprint]:
        """Return which pictures the owner keeps from visitors, whether a file holds them or not."""
        rows = self._connection.rows("SELECT fingerprint FROM hidden ORDER BY fingerprint")
        return [Fingerprint(row[0]) for row in rows]

    def photo(self, photo_id: PhotoId, *, hidden: bool = False) -> PhotoRecord | None:
        """Return one photo, or None if there is none, or no file holds it any more.

        One that visitors do not see is there only for those who ask for `hidden` ones, too.
        """
        found = self.photos([photo_id], hidden=hidden)
        return found[0] if found else None

    def photos(self, ids: Sequence[PhotoId], *, hidden: bool = False) -> list[PhotoRecord]:
        """Return the photos of `ids` that a file holds, in the order of `ids`; see `photo`."""
        records = self._records(ids)
        found = {record.id: record for record in records if record.files}
        return [
            found[photo_id]
            for photo_id in ids
            if photo_id in found and (hidden or not found[photo_id].hidden)
        ]

    def shown(self, ids: Sequence[PhotoId], *, hidden: bool = False) -> list[Shown]:
        """Return what `photos` does, but of each photo only what the grid shows."""
        return shown(self._connection, ids, hidden=hidden)

    def hidden(self, offset: int, limit: int) -> list[Shown]:
        """Return photos [`offset`, `offset` + `limit`) of those hidden, the last hidden first."""
        rows = self._connection.rows(
            "SELECT photo.id FROM hidden JOIN photo USING (fingerprint)"
            " WHERE orphaned_at IS NULL ORDER BY hidden.at DESC, photo.id LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return self.shown([row[0] for row in rows], hidden=True)

    def is_hidden(self, fingerprint: Fingerprint) -> bool:
        """Tell whether the owner keeps this picture from visitors."""
        return bool(
            self._connection.rows("SELECT 1 FROM hidden WHERE fingerprint = ?", (fingerprint,))
        )

    def by_fingerprint(self, fingerprint: Fingerprint) -> PhotoId | None:
        """Return the photo with this image data, described once already, or None."""
        rows = self._connection.rows("SELECT id FROM photo WHERE fingerprint = ?", (fingerprint,))
        return PhotoId(rows[0][0]) if rows else None

    def newest(self) -> PhotoId:
        """Return the photo that was described last for the first time, 0 for none."""
        return PhotoId(self._connection.rows("SELECT COALESCE(MAX(id), 0) FROM photo")[0][0])

    def since(self, photo: PhotoId, limit: int) -> list[PhotoId]:
        """Return the last `limit` photos that came after `photo`, in the order of coming."""
        rows = self._connection.rows(
            "SELECT id FROM photo WHERE id > ? AND orphaned_at IS NULL ORDER BY id DESC LIMIT ?",
            (photo, limit),
        )
        return [PhotoId(row[0]) for row in reversed(rows)]

    def after(self, photo: PhotoId, limit: int) -> list[PhotoId]:
        """Return the first `limit` photos behind `photo` that a file holds, in their order."""
        rows = self._connection.rows(
            "SELECT id FROM photo WHERE id > ? AND orphaned_at IS NULL ORDER BY id LIMIT ?",
            (photo, limit),
        )
        return [PhotoId(row[0]) for row in rows]

    def visible(self) -> int:
        """Return how many photos a file holds that are not hidden."""
        return int(
            self._connection.rows(
                "SELECT (SELECT COUNT(*) FROM photo WHERE orphaned_at IS NULL)"
                " - (SELECT COUNT(*) FROM hidden CROSS JOIN photo USING (fingerprint)"
                "  WHERE orphaned_at IS NULL)"
            )[0][0]
        )

    def outbox(self, limit: int) -> list[PhotoRecord]:
        """Return up to `limit` photos whose newest revision the index has not taken.

        One that is not `findable` must leave the index.
        """
        rows = self._connection.rows(
            "SELECT id FROM photo WHERE indexed_revision < revision LIMIT ?", (limit,)
        )
        return self._records([row[0] for row in rows])

    def counts(self) -> Counts:
        """Return how many files stand where."""
        rows = self._connection.rows("SELECT state, COUNT(*) FROM file GROUP BY state")
        by_state = {state.lower(): count for state, count in rows}
        held, waiting, hidden = self._connection.rows(
            "SELECT (SELECT COUNT(*) FROM photo WHERE orphaned_at IS NULL),"
            " (SELECT COUNT(*) FROM photo WHERE indexed_revision < revision"
            "  AND orphaned_at IS NULL AND fingerprint NOT IN (SELECT fingerprint FROM hidden)),"
            " (SELECT COUNT(*) FROM hidden CROSS JOIN photo USING (fingerprint)"
            "  WHERE orphaned_at IS NULL)"
        )[0]
        unwritten, refused = self._files_in_writing()
        return Counts(
            files=sum(by_state.values()),
            photos=held - hidden,
            indexed=held - hidden - waiting,
            hidden=hidden,
            unwritten=unwritten,
            refused=refused,
            **by_state,
        )

    def tally(self) -> Tally:
        """Return what is told of files."""
        return Tally(
            counts=self.counts(),
            problems=tuple(self.problems()),
            unwritten=tuple(self.unwritten()),
            untried=self.untried(),
        )

    def problems(self, limit: int = 100) -> list[Problem]:
        """Return up to `limit` files that failed, wait for another try, or carry a remark."""
        # Together by OR, all files would be read.
        rows = self._connection.rows(
            "SELECT folder, name, state, reason, remark, 0 AS after FROM file"
            " WHERE state IN ('FAILED', 'RETRY')"
            " UNION ALL"
            " SELECT folder, name, state, reason, remark, state = 'CAPTIONED' FROM file"
            " WHERE remark IS NOT NULL AND +state NOT IN ('FAILED', 'RETRY')"
            " ORDER BY after, folder, name LIMIT ?",
            (limit,),
        )
        return [Problem(joined(r[0], r[1]), State(r[2]), r[3] or r[4] or "") for r in rows]

    def paths(self) -> list[bytes]:
        """Return the paths of all files, whatever became of them."""
        rows = self._connection.rows("SELECT folder, name FROM file")
        return [joined(folder, name) for folder, name in rows]

    def file_at(self, path: bytes) -> FileState | None:
        """Return what is known of the file at `path`, relative to the photo root, or None."""
        folder, name = os.path.split(path)
        rows = self._connection.rows(
            "SELECT state, reason, photo_id FROM file WHERE folder = ? AND name = ?",
            (folder, name),
        )
        return FileState(State(rows[0][0]), rows[0][1], rows[0][2]) if rows else None

    def version(self) -> object:
        """Return something that is another when anything was committed since. Cheap.

        It does not notice what is committed by the very connection that is read.
        """
        ((changes,),) = self._connection.rows("PRAGMA data_version")
        return self._connection.openings, changes

    def published(self) -> int:
        """Return a number that grows whenever searches may find or show something else."""
        return int(self.setting("published") or 0)

    def visited(self, since: float = 0.0) -> list[Visited]:
        """Return the hours with visitors from Unix time `since` on, the oldest first."""
        return visited(self._connection, since)

    def visited_ever(self) -> Visited:
        """Return all hours with visitors as one."""
        return visited_ever(self._connection)

    def backup_reports(self, limit: int) -> list[KeptReport]:
        """Return the reports of the newest `limit` backups, the newest first."""
        return backup_reports(self._connection, limit)

    def contradictions(self) -> list[str]:
        """Return what is found of what must never be, with how often, in words."""
        return contradictions(self._connection)

    def standings(self) -> list[Standing]:
        """Return where every photo stands between catalog and index."""
        return standings(self._connection)

    def server_backlog(self) -> int | None:
        """Return how many photos the search server has yet to take, None if there is no server."""
        if self.setting("server") is None:
            return None
        return int(self._connection.rows("SELECT COUNT(*) FROM server_outbox")[0][0])

    def setting(self, key: str) -> str | None:
        """Return a value that the daemon keeps for itself, or None."""
        rows = self._connection.rows("SELECT value FROM setting WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def _records(self, ids: Sequence[int]) -> list[PhotoRecord]:
        photos = self._connection.rows(
            "SELECT photo.id, photo.fingerprint, revision, description, correction.sentence,"
            " photo.fingerprint IN (SELECT fingerprint FROM hidden), file_date"
            " FROM photo LEFT JOIN correction"
            " ON correction.fingerprint = photo.fingerprint AND standing"
            f" WHERE photo.id {AMONG}",
            (listed(ids),),
        )
        files: dict[int, list[FileRecord]] = {row[0]: [] for row in photos}
        for row in self._connection.rows(
            "SELECT photo_id, folder, name, size, format, metadata, remark FROM file"
            f" WHERE photo_id {AMONG} ORDER BY id",
            (listed(ids),),
        ):
            files[row[0]].append(file_record(row))
        return [photo_record(row, tuple(files[row[0]])) for row in photos]
