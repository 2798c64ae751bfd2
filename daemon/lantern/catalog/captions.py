"""Whose sentence stands for a photo: corrections by people, and what files say in their names.

Owns the table `correction`. Part of `store`: the same connection, the same thread. A method that is
"a step" belongs into a transaction of its caller; every other one is a transaction. See
`correction` for which of two sentences is the newer one, `writing` for how they come into files.
"""

from __future__ import annotations

import msgspec

from lantern.catalog.correction import Correction, hear
from lantern.catalog.ledger import Ledger
from lantern.catalog.records import correction, described, joined
from lantern.catalog.writing import Writing
from lantern.errors import PhotoError
from lantern.model import Fingerprint, Imprint, PhotoId, display_path, imprint_key


class Captions:
    """See the module."""

    def __init__(self, ledger: Ledger, writing: Writing) -> None:
        self._ledger = ledger
        self._writing = writing

    def correct(self, photo_id: PhotoId, sentence: str, now: float) -> None:
        """Let `sentence` stand for a photo in a person's name; every file of it is to carry it.

        Raises:
            PhotoError: there is no such photo, or no file holds it.
        """
        with self._ledger.transaction():
            fingerprint, path = self._photo_held(photo_id)
            newest = self._newest(fingerprint)
            if newest is None or not newest.standing or newest.sentence != sentence:
                stood = self._stood(photo_id, newest)
                self._say(fingerprint, path, Correction(sentence, stood, standing=True), now)
                self._ledger.revise(photo_id, now)
            self._writing.queue_photo(photo_id)

    def withdraw(self, photo_id: PhotoId, now: float) -> str:
        """Take a photo's correction back, and return its sentence; the model's stands again.

        What another program wrote into the file is not touched, and stands.

        Raises:
            PhotoError: there is no such photo, or nobody corrected it.
        """
        with self._ledger.transaction():
            fingerprint, path = self._photo_held(photo_id)
            newest = self._newest(fingerprint)
            if newest is None or not newest.standing:
                raise PhotoError(
                    f"{display_path(path)}: nobody corrected its caption through Lantern; what "
                    "other programs wrote into a photo is not Lantern's to take back"
                )
            stood = self._stood(photo_id, newest)
            self._say(fingerprint, path, Correction("", stood, standing=False), now)
            key = imprint_key(newest.sentence, person=True, model="")
            for (file_id,) in self._ledger.rows(
                "SELECT id FROM file WHERE photo_id = ? AND carried = ?", (photo_id, key)
            ):
                self._writing.human_is(file_id, None)
            self._ledger.revise(photo_id, now)
            self._writing.queue_photo(photo_id)
        return newest.sentence

    def heed(
        self,
        fingerprint: Fingerprint,
        path: bytes,
        human: str | None,
        imprint: Imprint | None,
        now: float,
    ) -> str | None:
        """Return the person's sentence that the file at `path` says; a step.

        A correction that it overtakes stands no longer; one that it brings stands from now on.
        """
        if human is None:  # of most photos: nothing is to be looked up
            return None
        newest = self._newest(fingerprint)
        heard = hear(newest, human, imprint)
        if heard.overtaken:
            self._ledger.execute(
                "UPDATE correction SET standing = 0 WHERE fingerprint = ? AND standing",
                (fingerprint,),
            )
        if heard.adopted and heard.sentence is not None:
            stood = (*newest.stood, newest.sentence) if newest else ()
            adopted = Correction(heard.sentence, tuple(filter(None, stood)), standing=True)
            self._say(fingerprint, path, adopted, now)
        return heard.sentence

    def _newest(self, fingerprint: Fingerprint) -> Correction | None:
        rows = self._ledger.rows(
            "SELECT sentence, stood, standing FROM correction WHERE fingerprint = ?"
            " ORDER BY id DESC LIMIT 1",
            (fingerprint,),
        )
        return correction(*rows[0]) if rows else None

    def _photo_held(self, photo_id: PhotoId) -> tuple[Fingerprint, bytes]:
        rows = self._ledger.rows(
            "SELECT fingerprint, folder, name FROM photo JOIN file ON photo_id = photo.id"
            " WHERE photo.id = ? ORDER BY file.id LIMIT 1",
            (photo_id,),
        )
        if not rows:
            raise PhotoError(f"photo {photo_id}: there is none; it may have been removed since")
        fingerprint, folder, name = rows[0]
        return fingerprint, joined(folder, name)

    def _stood(self, photo_id: PhotoId, newest: Correction | None) -> tuple[str, ...]:
        """Return what persons said of a photo until now: in its files, and through Lantern."""
        files = self._ledger.rows(
            "SELECT human FROM file WHERE photo_id = ? AND human IS NOT NULL", (photo_id,)
        )
        said = (*newest.stood, newest.sentence) if newest else ()
        return tuple(dict.fromkeys(filter(None, (*said, *(row[0] for row in files)))))

    def _say(self, fingerprint: Fingerprint, path: bytes, said: Correction, now: float) -> None:
        ((description,),) = self._ledger.rows(
            "SELECT description FROM photo WHERE fingerprint = ?", (fingerprint,)
        )
        machine = described(description).caption
        self._ledger.execute(
            "UPDATE correction SET standing = 0 WHERE fingerprint = ? AND standing", (fingerprint,)
        )
        self._ledger.execute(
            "INSERT INTO correction (fingerprint, path, sentence, stood, machine, model, at,"
            " standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(fingerprint, path, said.sentence, msgspec.json.encode(said.stood).decode()),
                *(machine.sentence, machine.model, now, said.standing),
            ),
        )
