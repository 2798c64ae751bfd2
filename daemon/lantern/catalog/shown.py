"""What the grid shows of a photo: read for a whole page in one question, at each key of a visitor.

It stands together in the table `shown`, which triggers keep as the view `as_shown` says, whoever
writes: where it comes from, each photo would be read from five places. See `schema`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lantern.catalog.caption_reader import Queryable
from lantern.catalog.live import AMONG, listed
from lantern.model import Fingerprint, PhotoId


class Shown(msgspec.Struct, frozen=True, gc=False):
    """One photo, its metadata from the longest known file, its sentence a person's if there is one.

    `similar` counts the other photos of its `group`, which is None before it was grouped.
    """

    id: PhotoId
    fingerprint: Fingerprint
    sentence: str
    by_human: bool
    width: int
    height: int
    taken_at: str | None
    rating: int | None
    group: PhotoId | None
    sharpness: float | None
    similar: int


def shown(connection: Queryable, ids: Sequence[PhotoId], *, hidden: bool) -> list[Shown]:
    """Return the photos of `ids` that a file holds, in their order; `hidden` ones where asked."""
    rows = connection.rows(f"{_QUESTION} WHERE id {AMONG} AND {_SEEN}", (listed(ids), hidden))
    found = {row[0]: Shown(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in rows}
    return [found[photo] for photo in ids if photo in found]


# Few photos follow another, so their index is small: a look into one of all would cost a page each.
_SIMILAR = (
    "(SELECT COUNT(*) FROM shown AS other WHERE other.group_id = shown.group_id"
    " AND other.group_id <> other.id AND other.id <> shown.id) + CASE WHEN group_id <> id"
    " THEN EXISTS (SELECT 1 FROM shown AS leader"
    " WHERE leader.id = shown.group_id AND leader.group_id = leader.id) ELSE 0 END"
)
_SEEN = "(? OR fingerprint NOT IN (SELECT fingerprint FROM hidden))"
_QUESTION = (
    "SELECT id, fingerprint, sentence, by_human, width, height, taken_at, rating, group_id,"
    f" sharpness, {_SIMILAR} FROM shown"
)
