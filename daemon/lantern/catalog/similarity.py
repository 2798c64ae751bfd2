"""Features, and the groups of photos that look alike: what is asked of the catalog and written.

`photo.group_id` is the id of the photo that leads its group, its own if it leads or is alone, NULL
before it was grouped and after it left. A photo waits to be grouped while its revision is ahead of
`grouped_revision`, as it waits for the index. Who belongs together is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

from lantern.catalog.caption_reader import Queryable
from lantern.catalog.ledger import Ledger
from lantern.catalog.live import AMONG, LiveConnection, Row, listed
from lantern.model import Features, Fingerprint, PhotoId

ROWS = 4096
"""Rows fetched at once: what is compared with everything needs no memory for everything."""

CACHE_KB = 256
"""Who reads all features from first to last finds no page in a cache that he was before in; one of
2 MB, filled and emptied after each commit, leaves holes in the daemon's memory."""

FeaturesRow = tuple[int, float, bytes]
"""Photo id, scale and int8 values, as `model.Features` tells."""


class Placed(msgspec.Struct, frozen=True):
    """What a photo's group depends on, and whom it follows now.

    `leader` is None before it was grouped; `present` tells whether a file still holds the photo,
    and it is not hidden.
    """

    id: PhotoId
    fingerprint: Fingerprint
    model: str
    camera: str | None
    taken_at: str | None
    leader: PhotoId | None
    leader_fingerprint: Fingerprint | None
    present: bool


class Membership(msgspec.Struct, frozen=True):
    """A photo's group, how many photos it has, and how sharp this one is, if that is known."""

    group: PhotoId
    size: int
    sharpness: float | None


class SimilarityReader:
    """Read-only questions. Blocking; as safe to share between threads as its connection is.

    Every method raises `Unavailable` when the catalog does not exist yet or cannot be read now.
    """

    def __init__(self, connection: Queryable) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return a reader of the catalog at `path`, which need not exist yet."""
        return cls(LiveConnection(path, CACHE_KB))

    def waiting(self, limit: int) -> list[tuple[PhotoId, int]]:
        """Return (id, revision) of up to `limit` photos that wait to be grouped."""
        return [
            (PhotoId(photo_id), revision)
            for photo_id, revision in self._connection.rows(
                "SELECT id, revision FROM photo WHERE grouped_revision < revision LIMIT ?", (limit,)
            )
        ]

    def features(self, photos: Sequence[PhotoId]) -> list[FeaturesRow]:
        """Return the features of those of `photos` that have any, by rising id."""
        return self._of(
            f"SELECT photo_id, scale, int8 FROM features WHERE photo_id {AMONG}"
            " AND LENGTH(int8) > 0 ORDER BY photo_id",
            photos,
        )

    def all_features(self) -> Iterator[FeaturesRow]:
        """Yield the features of all photos by rising id, those that left included."""
        return self._in_chunks(
            "SELECT photo_id, scale, int8 FROM features WHERE photo_id > ?"
            " ORDER BY photo_id LIMIT ?"
        )

    def comparable(self, model: str) -> Iterator[FeaturesRow]:
        """Yield the features of all photos that `model` described and that were grouped."""
        return self._in_chunks(
            "SELECT photo_id, scale, int8 FROM features CROSS JOIN photo ON photo.id = photo_id"
            " WHERE photo_id > ? AND group_id IS NOT NULL AND model = ?"
            " ORDER BY photo_id LIMIT ?",
            model,
        )

    def described_by(self, photo: PhotoId) -> tuple[str, Features] | None:
        """Return the model that described `photo`, and its features; None if it has none."""
        rows = self._connection.rows(
            "SELECT model, scale, int8 FROM photo JOIN features ON photo_id = id"
            " WHERE id = ? AND LENGTH(int8) > 0",
            (photo,),
        )
        return (rows[0][0], Features(values=rows[0][2], scale=rows[0][1])) if rows else None

    def placed(self, photos: Sequence[PhotoId]) -> list[Placed]:
        """Return what is known of `photos`; those that are forgotten are left out."""
        return [_placed(row) for row in self._of(f"{_PLACED} WHERE photo.id {AMONG}", photos)]

    def followers(self, leaders: Sequence[PhotoId]) -> list[Placed]:
        """Return the photos that follow any of `leaders`, leaders left out."""
        query = f"{_PLACED} WHERE photo.group_id {AMONG} AND photo.id <> photo.group_id"
        return [_placed(row) for row in self._of(query, leaders)]

    def memberships(self, photos: Sequence[PhotoId]) -> dict[PhotoId, Membership]:
        """Return the groups of those of `photos` that are grouped."""
        rows = self._of(
            f"SELECT id, group_id, sharpness FROM photo WHERE id {AMONG} AND group_id IS NOT NULL",
            photos,
        )
        sizes: dict[int, int] = dict(
            self._of(
                f"SELECT group_id, COUNT(*) FROM photo WHERE group_id {AMONG} GROUP BY group_id",
                {group for _, group, _ in rows},
            )
        )
        return {
            photo: Membership(group, sizes.get(group, 1), sharpness)
            for photo, group, sharpness in rows
        }

    def members(self, group: PhotoId, limit: int) -> list[PhotoId]:
        """Return up to `limit` photos of `group`."""
        rows = self._connection.rows(
            "SELECT id FROM photo WHERE group_id = ? LIMIT ?", (group, limit)
        )
        return [PhotoId(row[0]) for row in rows]

    def version(self) -> object:
        """Return something that is another when anything was committed since, as a rule."""
        ((changes,),) = self._connection.rows("PRAGMA data_version")
        ((newest,),) = self._connection.rows("SELECT MAX(photo_id) FROM features")
        return changes, newest

    def rule(self) -> str | None:
        """Return the rule by which photos were grouped, None if none ever was."""
        rows = self._connection.rows("SELECT value FROM setting WHERE key = 'grouping'")
        return rows[0][0] if rows else None

    def _in_chunks(self, query: str, *parameters: object) -> Iterator[FeaturesRow]:
        """Yield the rows of `query`, `ROWS` at once: its first ? is the last id seen."""
        last = 0
        while rows := self._connection.rows(query, (last, *parameters, ROWS)):
            yield from rows
            last = rows[-1][0]

    def _of(self, query: str, photos: Iterable[PhotoId]) -> list[Row]:
        """Return the rows of `query`, which asks for what is `AMONG` these."""
        return self._connection.rows(query, (listed(photos),))


class Groups:
    """The writing side. Blocking; the catalog's one thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def grouped(
        self,
        photos: Sequence[tuple[PhotoId, int]],
        leaders: Mapping[PhotoId, PhotoId | None],
    ) -> None:
        """Note new `leaders`, and that these revisions of `photos` are grouped: one transaction."""
        with self._ledger.transaction():
            for photo, leader in leaders.items():
                self._ledger.execute(
                    "UPDATE photo SET group_id = ? WHERE id = ? AND group_id IS NOT ?",
                    (leader, photo, leader),
                )
            for photo, revision in photos:
                self._ledger.execute(
                    "UPDATE photo SET grouped_revision = ? WHERE id = ?", (revision, photo)
                )
            if leaders:
                self._ledger.published()

    def begin_anew(self, rule: str) -> None:
        """Forget all groups, in one transaction: every photo waits to be grouped by `rule`."""
        with self._ledger.transaction():
            self._ledger.execute("UPDATE photo SET group_id = NULL, grouped_revision = 0")
            self._ledger.execute("INSERT OR REPLACE INTO setting VALUES ('grouping', ?)", (rule,))


_PLACED = (
    "SELECT photo.id, photo.fingerprint, photo.model, photo.group_id, leader.fingerprint,"
    " photo.orphaned_at IS NULL AND photo.fingerprint NOT IN (SELECT fingerprint FROM hidden),"
    " (SELECT metadata FROM file WHERE photo_id = photo.id"
    " ORDER BY file.id LIMIT 1)"
    " FROM photo LEFT JOIN photo AS leader ON leader.id = photo.group_id"
)


class _Taken(msgspec.Struct, frozen=True):
    """What `Placed` needs of a file's metadata."""

    camera: str | None = None
    taken_at: str | None = None


def _placed(row: Row) -> Placed:
    photo, fingerprint, model, leader, leader_fingerprint, held, metadata = row
    taken = msgspec.json.decode(metadata, type=_Taken) if metadata else _Taken()
    return Placed(
        id=photo,
        fingerprint=fingerprint,
        model=model,
        camera=taken.camera,
        taken_at=taken.taken_at,
        leader=leader if leader_fingerprint is not None else None,
        leader_fingerprint=leader_fingerprint,
        present=bool(held),
    )
