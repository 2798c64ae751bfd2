"""What the grid shows of a photo: read for a whole page in one question, at each key of a visitor.

No more than that is read: all that is known of a photo, a `records.PhotoRecord`, takes three times
as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import msgspec

from lantern.catalog.caption_reader import Queryable
from lantern.catalog.live import Row
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
    similar: int
    sharpness: float | None


def shown(connection: Queryable, ids: Sequence[PhotoId], *, hidden: bool) -> list[Shown]:
    """Return the photos of `ids` that a file holds, in their order; `hidden` ones where asked."""
    marks = ",".join("?" * len(ids))
    copies: dict[PhotoId, list[Row]] = {}
    rows = connection.rows(f"{_QUESTION} WHERE photo.id IN ({marks}) AND {_SEEN}", (*ids, hidden))
    for row in rows:
        copies.setdefault(row[0], []).append(row)
    return [_shown(copies[photo]) for photo in ids if photo in copies]


_SIZE = "(SELECT COUNT(*) FROM photo AS other WHERE other.group_id = photo.group_id)"
_SEEN = "(? OR photo.fingerprint NOT IN (SELECT fingerprint FROM hidden))"
# A row a file: to look for the first one, and for the first that tells a person's sentence, would
# take as long as to read all, since few photos have copies.
_QUESTION = (
    "SELECT photo.id, photo.fingerprint, correction.sentence, description, file.id, metadata,"
    f" photo.group_id, {_SIZE}, photo.sharpness FROM photo CROSS JOIN file ON photo_id = photo.id"
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
    human_caption: str | None = None


_DESCRIPTION = msgspec.json.Decoder(_Description)
_METADATA = msgspec.json.Decoder(_Metadata)


def _shown(copies: list[Row]) -> Shown:
    """Return the photo of which these are the rows, one a file."""
    copies.sort(key=itemgetter(4))
    photo, fingerprint, human, description, _, _, group, size, sharpness = copies[0]
    known = [_METADATA.decode(copy[5]) for copy in copies]
    human = human or next(filter(None, (each.human_caption for each in known)), None)
    return Shown(
        id=photo,
        fingerprint=fingerprint,
        sentence=human or _DESCRIPTION.decode(description).caption.sentence,
        by_human=human is not None,
        width=known[0].width,
        height=known[0].height,
        taken_at=known[0].taken_at,
        rating=known[0].rating,
        group=group,
        similar=max(size - 1, 0),
        sharpness=sharpness,
    )
