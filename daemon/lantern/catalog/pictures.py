"""What is kept of each picture, whichever files hold it: description, features, sharpness, date."""

from __future__ import annotations

import msgspec

from lantern.catalog.ledger import Ledger
from lantern.catalog.records import Described
from lantern.catalog.writing import Writing
from lantern.errors import Unavailable
from lantern.model import Description, Features, Fingerprint, PhotoId


class Pictures:
    """Steps within a transaction of `ledger`, taken by `store`."""

    def __init__(self, ledger: Ledger, writing: Writing) -> None:
        self._ledger = ledger
        self._writing = writing

    def met(
        self, fingerprint: Fingerprint, sharpness: float | None, description: Description | None
    ) -> tuple[PhotoId, bool]:
        """Return the photo of this picture, and whether the model is still to be asked again.

        Raises:
            Unavailable: there is neither a `description` nor a photo.
        """
        rows = self._ledger.rows(
            "SELECT id, redescribe FROM photo WHERE fingerprint = ?", (fingerprint,)
        )
        if not rows:
            return self._enter(fingerprint, sharpness, description), False
        photo_id, asked = rows[0]
        if sharpness is not None:
            self._ledger.execute(
                "UPDATE photo SET sharpness = ? WHERE id = ? AND sharpness IS NULL",
                (sharpness, photo_id),
            )
        if asked and description is not None:
            self._replace_description(photo_id, description)
            self._writing.queue_photo(photo_id)
        return photo_id, bool(asked) and description is None

    def date(self, photo_id: PhotoId, date: str) -> None:
        """Keep `date`, by a file, unless an earlier one is known."""
        self._ledger.execute(
            "UPDATE photo SET file_date = ? WHERE id = ? AND coalesce(file_date, '9999') > ?",
            (date, photo_id, date),
        )

    def _enter(
        self, fingerprint: Fingerprint, sharpness: float | None, description: Description | None
    ) -> PhotoId:
        if description is None:  # `purge` took it between the question and the answer
            raise Unavailable("its picture was forgotten just now; it is described anew")
        self._ledger.execute(
            "INSERT INTO photo (fingerprint, sharpness, description, model, score, from_tags)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (fingerprint, sharpness, *_columns(description)),
        )
        ((photo_id,),) = self._ledger.rows("SELECT last_insert_rowid()")
        self._keep_features(photo_id, description.features)
        return PhotoId(photo_id)

    def _replace_description(self, photo_id: PhotoId, description: Description) -> None:
        self._ledger.execute(
            "UPDATE photo SET description = ?, model = ?, score = ?, from_tags = ?, redescribe = 0"
            " WHERE id = ?",
            (*_columns(description), photo_id),
        )
        self._keep_features(photo_id, description.features)

    def _keep_features(self, photo_id: PhotoId, features: Features) -> None:
        if features.values:
            self._ledger.execute(
                "INSERT OR REPLACE INTO features VALUES (?, ?, ?)",
                (photo_id, features.scale, features.values),
            )
        else:
            self._ledger.execute("DELETE FROM features WHERE photo_id = ?", (photo_id,))


def _columns(description: Description) -> tuple[bytes, str, float, bool]:
    """Return `description` as the columns description, model, score and from_tags."""
    caption = description.caption
    described = Described(caption, description.tags)
    return msgspec.json.encode(described), caption.model, caption.score, caption.from_tags
