"""What the grid shows of a photo: read for a whole page in one question, at each key of a visitor.

No more than that is read: all that is known of a photo, a `records.PhotoRecord`, takes three times
as long.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lantern.catalog.caption_reader import HUMAN, Queryable
from lantern.catalog.live import Row
from lantern.model import Fingerprint, PhotoId


class Shown(msgspec.Struct, frozen=True):
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
    similar: int
    sharpness: float | None


def shown(connection: Queryable, ids: Sequence[PhotoId], *, hidden: bool) -> list[Shown]:
    """Return the photos of `ids` that a file holds, in their order; `hidden` ones where asked."""
    marks = ",".join("?" * len(ids))
    rows = connection.rows(f"{_QUESTION} WHERE photo.id IN ({marks}) AND {_SEEN}", (*ids, hidden))
    found = {row[0]: row for row in rows}
    return [_shown(found[photo]) for photo in ids if photo in found]


_SIZE = "(SELECT COUNT(*) FROM photo AS other WHERE other.group_id = photo.group_id)"
_FIRST = "(SELECT MIN(id) FROM file WHERE photo_id = photo.id)"
_SEEN = "(? OR photo.fingerprint NOT IN (SELECT fingerprint FROM hidden))"
_QUESTION = (
    f"SELECT photo.id, photo.fingerprint, {HUMAN}, description, first.metadata, photo.group_id,"
    f" {_SIZE}, photo.sharpness FROM photo CROSS JOIN file AS first ON first.id = {_FIRST}"
    " LEFT JOIN correction ON correction.fingerprint = photo.fingerprint AND standing"
)


class _Caption(msgspec.Struct):
    sentence: str


class _Description(msgspec.Struct):
    caption: _Caption


class _Metadata(msgspec.Struct):
    width: int
    height: int
    taken_at: str | None = None
    rating: int | None = None


_DESCRIPTION = msgspec.json.Decoder(_Description)
_METADATA = msgspec.json.Decoder(_Metadata)


def _shown(row: Row) -> Shown:
    photo, fingerprint, human, description, metadata, group, size, sharpness = row
    known = _METADATA.decode(metadata)
    return Shown(
        id=photo,
        fingerprint=fingerprint,
        sentence=human or _DESCRIPTION.decode(description).caption.sentence,
        by_human=human is not None,
        width=known.width,
        height=known.height,
        taken_at=known.taken_at,
        rating=known.rating,
        group=group,
        similar=max(size - 1, 0),
        sharpness=sharpness,
    )
