"""What the catalog says that cannot be: rows without their owner, lives without their photo.

Each transaction leaves none of these, so one that is found is an error of Lantern's, or somebody
else wrote the file. Knows nothing of disk, thumbnails and index: see `ingest.agreement`.
"""

from __future__ import annotations

from typing import NamedTuple

from lantern.catalog.caption_reader import Queryable
from lantern.model import Fingerprint, PhotoId

_NEVER = {
    "files described without a photo": (
        "FROM file WHERE state = 'CAPTIONED' AND (photo_id IS NULL OR metadata IS NULL"
        " OR format IS NULL)"
    ),
    "files of a photo that is not there": (
        "FROM file WHERE photo_id NOT NULL AND photo_id NOT IN (SELECT id FROM photo)"
    ),
    "files that failed and hold a photo": (
        "FROM file WHERE state = 'FAILED' AND photo_id NOT NULL"
    ),
    "photos that no file holds and that are not let go of": (
        "FROM photo WHERE orphaned_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM file WHERE photo_id = photo.id)"
    ),
    "photos that a file holds and that are let go of": (
        "FROM photo WHERE orphaned_at NOT NULL"
        " AND EXISTS (SELECT 1 FROM file WHERE photo_id = photo.id)"
    ),
    "photos of which the index took more than there was": (
        "FROM photo WHERE indexed_revision > revision"
    ),
    "photos in a group without a leader": (
        "FROM photo WHERE group_id NOT NULL AND grouped_revision >= revision"
        " AND group_id NOT IN (SELECT id FROM photo)"
    ),
    "photos of which the grid shows what is not so": (
        "FROM (SELECT * FROM as_shown EXCEPT SELECT * FROM shown)"
    ),
    "photos in the grid that no file holds": (
        "FROM shown WHERE id NOT IN (SELECT id FROM as_shown)"
    ),
    "features of no photo": "FROM features WHERE photo_id NOT IN (SELECT id FROM photo)",
    "sentences to be written into no file": (
        "FROM writing WHERE file_id NOT IN (SELECT id FROM file)"
    ),
    "photos that wait for a search server where there is none": (
        "FROM server_outbox WHERE NOT EXISTS (SELECT 1 FROM setting WHERE key = 'server')"
    ),
}


class Standing(NamedTuple):
    """Where a photo stands between catalog and index.

    `sent` tells that the index took its newest revision, `findable` that a search may find it.
    """

    id: PhotoId
    fingerprint: Fingerprint
    revision: int
    sent: bool
    findable: bool


def contradictions(connection: Queryable) -> list[str]:
    """Return what is found of what must never be, with how often, in words."""
    counted = {
        what: connection.rows(f"SELECT COUNT(*) {where}")[0][0] for what, where in _NEVER.items()
    }
    return [f"{count:,} {what}" for what, count in counted.items() if count]


def standings(connection: Queryable) -> list[Standing]:
    """Return where every photo stands, also those that no file holds."""
    rows = connection.rows(
        "SELECT id, fingerprint, revision, indexed_revision >= revision, orphaned_at IS NULL"
        " AND fingerprint NOT IN (SELECT fingerprint FROM hidden) FROM photo"
    )
    return [
        Standing(photo, fingerprint, revision, bool(sent), bool(findable))
        for photo, fingerprint, revision, sent, findable in rows
    ]
