"""Whose sentence stands for a photo: corrections by people, and what files say in their names.

Owns the table `correction`. Part of `store`: the same connection, the same thread. A method that is
"a step" belongs into a transaction of its caller; every other one is a transaction. See
`correction` for which of two sentences is the newer one, `writing` for how they come into files.
"""

from __future__ import annotations

import msgspec

from lantern.catalog.correction import Correction, hear, is_ours, may_replace
from lantern.catalog.ledger import Ledger
from lantern.catalog.records import correction, described, joined
from lantern.catalog.writing import Writing
from lantern.errors import PhotoError
from lantern.model import Fingerprint, Imprint, PhotoId, display_path, imprint_key


class _NamedFile(msgspec.Struct, frozen=True):
    """The file by which a person named a photo, with what it says in a person's name."""

    fingerprint: Fingerprint
    path: bytes
    human: str | None
    carried: str | None
    replaced: str | None

    @property
    def own(self) -> str | None:
        """What a person wrote into it by another program."""
        return self.replaced if is_ours(self.human, self.carried) else self.human


class Captions:
    """See the module."""

    def __init__(self, ledger: Ledger, writing: Writing) -> None:
        self._ledger = ledger
        self._writing = writing

    def correct(
        self, photo_id: PhotoId, sentence: str, now: float, named: bytes | None = None
    ) -> str | None:
        """Let `sentence` stand for a photo in a person's name; every file of it is to carry it.

        But for what another program wrote into a file for a person: that goes from the file at the
        path `named`, the first if None, and from files that say the same. Return what goes.

        Raises:
            PhotoError: there is no such photo, or no file holds it.
        """
        with self._ledger.transaction():
            file = self._file_held(photo_id, named)
            newest = self._newest(file.fingerprint)
            if not (
                newest
                and newest.standing
                and newest.sentence == sentence
                and may_replace(newest, file.human, file.carried)
            ):
                stood = self._stood(file.fingerprint, newest)
                said = Correction(sentence, stood, standing=True, replaced=file.own)
                self._say(file.fingerprint, file.path, said, now)
                self._ledger.revise(photo_id, now)
            self._writing.queue_photo(photo_id)
        return file.human if file.human == file.own != sentence else None

    def withdraw(self, photo_id: PhotoId, now: float) -> str:
        """Take a photo's correction back, and return its sentence.

        Every file that carries it, or an older one, says again what it said before Lantern wrote a
        person's sentence into it: what a person had written by another program if there was such,
        else the model's. Other files are not touched. If the files cannot be written, or the policy
        is "off", this stands in the catalog alone.

        Raises:
            PhotoError: there is no such photo, or nobody corrected it.
        """
        with self._ledger.transaction():
            file = self._file_held(photo_id)
            newest = self._newest(file.fingerprint)
            if newest is None or not newest.standing:
                raise PhotoError(
                    f"{display_path(file.path)}: nobody corrected its caption through Lantern; "
                    "what other programs wrote into a photo is not Lantern's to take back"
                )
            stood = self._stood(file.fingerprint, newest)
            self._say(file.fingerprint, file.path, Correction("", stood, standing=False), now)
            for file_id, replaced in self._ledger.rows(
                "SELECT id, replaced FROM file WHERE photo_id = ?"
                " AND carried IN (SELECT ? || value FROM json_each(?))",
                (
                    *(photo_id, imprint_key("", person=True, model="")),
                    msgspec.json.encode(stood).decode(),
                ),
            ):
                self._writing.human_is(file_id, replaced)
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
            replaced = imprint.replaced if imprint else None
            stood = self._stood(fingerprint, newest, replaced)
            adopted = Correction(heard.sentence, stood, standing=True, replaced=replaced)
            self._say(fingerprint, path, adopted, now)
        return heard.sentence

    def _newest(self, fingerprint: Fingerprint) -> Correction | None:
        rows = self._ledger.rows(
            "SELECT sentence, stood, standing, replaced FROM correction WHERE fingerprint = ?"
            " ORDER BY id DESC LIMIT 1",
            (fingerprint,),
        )
        return correction(*rows[0]) if rows else None

    def _file_held(self, photo_id: PhotoId, named: bytes | None = None) -> _NamedFile:
        """Return the file at the path `named` of a photo, or its first."""
        rows = self._ledger.rows(
            "SELECT fingerprint, folder, name, human, carried, replaced"
            " FROM photo JOIN file ON photo_id = photo.id WHERE photo.id = ? ORDER BY file.id",
            (photo_id,),
        )
        files = [_NamedFile(row[0], joined(row[1], row[2]), *row[3:]) for row in rows]
        if not files:
            raise PhotoError(f"photo {photo_id}: there is none; it may have been removed since")
        return next((file for file in files if file.path == named), files[0])

    def _stood(
        self, fingerprint: Fingerprint, newest: Correction | None, replaced: str | None = None
    ) -> tuple[str, ...]:
        """Return what persons said of a photo until now: in its files, and through Lantern."""
        files = self._ledger.rows(
            "SELECT human FROM photo JOIN file ON photo_id = photo.id"
            " WHERE fingerprint = ? AND human IS NOT NULL",
            (fingerprint,),
        )
        said = (*newest.stood, newest.sentence) if newest else ()
        return tuple(dict.fromkeys(filter(None, (*said, *(row[0] for row in files), replaced))))

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
            " standing, replaced) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(fingerprint, path, said.sentence, msgspec.json.encode(said.stood).decode()),
                *(machine.sentence, machine.model, now, said.standing, said.replaced),
            ),
        )
