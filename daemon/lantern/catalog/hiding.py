"""Which photos the owner keeps from visitors: the writing side of the table `hidden`.

Part of `store`: the same connection, the same thread. A photo is hidden by its fingerprint, so a
copy that comes later is hidden too, and one that was forgotten is hidden when it comes back. The
photo's files are not touched: who has the folder sees everything.
"""

from __future__ import annotations

from lantern.catalog.ledger import Ledger
from lantern.errors import PhotoError
from lantern.model import Fingerprint, PhotoId


class Hiding:
    """Blocking; within the catalog's one thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def hide(self, photo_id: PhotoId, now: float) -> None:
        """Keep a photo from visitors from Unix time `now` on; harmless if it is hidden.

        It leaves its group in the same transaction: nobody counts it any more.

        Raises:
            PhotoError: there is no such photo.
        """
        with self._ledger.transaction():
            fingerprint = self._fingerprint(photo_id)
            if self._ledger.execute(
                "INSERT OR IGNORE INTO hidden (fingerprint, at) VALUES (?, ?)", (fingerprint, now)
            ):
                self._ledger.execute("UPDATE photo SET group_id = NULL WHERE id = ?", (photo_id,))
                self._ledger.revise(photo_id, now)

    def show(self, photo_id: PhotoId, now: float) -> None:
        """Let visitors see a photo again; harmless if it is not hidden.

        Raises:
            PhotoError: there is no such photo.
        """
        with self._ledger.transaction():
            fingerprint = self._fingerprint(photo_id)
            if self._ledger.execute("DELETE FROM hidden WHERE fingerprint = ?", (fingerprint,)):
                self._ledger.revise(photo_id, now)

    def _fingerprint(self, photo_id: PhotoId) -> Fingerprint:
        rows = self._ledger.rows("SELECT fingerprint FROM photo WHERE id = ?", (photo_id,))
        if not rows:
            raise PhotoError(f"photo {photo_id}: there is none; it may have been removed since")
        return Fingerprint(rows[0][0])
