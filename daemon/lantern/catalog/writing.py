"""Which files are still to carry a sentence: the writing side of the table `writing`.

Part of `store`: the same connection, the same thread. A method that is "a step" belongs into a
transaction of its caller; every other one is a transaction.

A file waits here when it should carry a sentence and does not. Two machines that share a folder
must not answer each other for ever: what another Lantern's model wrote is as good as ours, and what
another Lantern put in place of what we wrote stays until the sentence changes.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lantern.catalog.correction import may_replace
from lantern.catalog.ledger import Ledger
from lantern.catalog.live import Row
from lantern.catalog.records import correction, described, joined
from lantern.catalog.state import LOSSES_TO_QUARANTINE, State, retry_delay
from lantern.config import Policy
from lantern.imaging.formats import Format
from lantern.model import Description, Features, Imprint, PhotoId, imprint_key


class DueFile(msgspec.Struct, frozen=True):
    """A file that is to carry `imprint`, as it was when it was fetched.

    `withdrawn` is the sentence that a person gave to Lantern and took back, if the file carries it.
    """

    id: int
    path: bytes
    size: int
    mtime_ns: int
    sidecar: int
    imprint: Imprint
    withdrawn: str | None
    attempts: int
    losses: int


class Writing:
    """See the module. `policy` is "off" until `policy_is` tells another."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.policy: Policy = "off"

    # The policy.

    def policy_is(self, policy: Policy, embeddable: Iterable[Format]) -> int:
        """Note where captions are written; return how many files wait because that changed.

        A sentence that stands in a sidecar is embedded, too, where that is wanted now; `embeddable`
        are the formats that can. One that is embedded needs no sidecar.
        """
        self.policy = policy
        before = self._ledger.rows("SELECT value FROM setting WHERE key = 'captions.write'")
        if before == [(policy,)]:
            return 0
        with self._ledger.transaction():
            self._ledger.execute(
                "INSERT OR REPLACE INTO setting VALUES ('captions.write', ?)", (policy,)
            )
            if policy == "off":
                self._ledger.execute("DELETE FROM writing")
                return 0
            marks = ",".join(f"'{name}'" for name in embeddable)
            beside = f"file.sidecar <> 0 AND format IN ({marks})" if policy == "embed" else "0"
            statements = (_QUEUE_MODELS, _QUEUE_PERSONS)
            return sum(self._ledger.execute(sql.format(beside=beside)) for sql in statements)

    # The queue.

    def due(self, now: float, limit: int, *, person: bool) -> list[DueFile]:
        """Return up to `limit` files that are to carry a sentence, by a `person` or by a model."""
        rows = self._ledger.rows(
            f"{_DUE} AND person = ? AND writing.retry_at <= ? ORDER BY writing.retry_at LIMIT ?",
            (State.CAPTIONED, person, now, limit),
        )
        return [_due(row) for row in rows]

    def due_still(self, due: DueFile) -> DueFile | None:
        """Return `due` as it is now, or None if it is not to be written any more."""
        rows = self._ledger.rows(f"{_DUE} AND file_id = ?", (State.CAPTIONED, due.id))
        return _due(rows[0]) if rows else None

    def next_due(self, *, person: bool) -> float | None:
        """Return the Unix time at which the next file of this kind is due, or None."""
        ((next_at,),) = self._ledger.rows(
            "SELECT MIN(writing.retry_at) FROM writing JOIN file ON file.id = file_id"
            " WHERE NOT refused AND person = ? AND file.state = ?",
            (person, State.CAPTIONED),
        )
        return None if next_at is None else float(next_at)

    def inscribed(  # noqa: PLR0913 - what a worker tells
        self,
        due: DueFile,
        size: int,
        mtime_ns: int,
        sidecar: int,
        *,
        replaced: str | None = None,
        restored: str | None = None,
    ) -> None:
        """Note that `due` carries its imprint, and is as these numbers say: no change to a scan.

        It took the place of `replaced`, another program's; or such a sentence was `restored`.
        Without effect if the file was changed since it was fetched: then it is read again.
        """
        imprint = due.imprint
        with self._ledger.transaction():
            if not self._ledger.execute(
                "UPDATE file SET size = ?, mtime_ns = ?, sidecar = ?, carried = ?, replaced = ?"
                " WHERE id = ? AND size = ? AND mtime_ns = ? AND sidecar = ?",
                (
                    *(size, mtime_ns, sidecar, None if restored else imprint.key, replaced),
                    *(due.id, due.size, due.mtime_ns, due.sidecar),
                ),
            ):
                return
            if imprint.person or due.withdrawn:
                self.human_is(due.id, imprint.sentence if imprint.person else restored)
            if self._wanted(due.id) in {None, imprint.key}:
                self.drop(due.id)
            else:  # somebody said something else while it was written
                self._queue(due.id)

    def not_inscribed(
        self, due: DueFile, reason: str, now: float, *, refused: bool = False, lost: bool = False
    ) -> bool:
        """Note why `due` does not carry its imprint yet; return whether it is refused.

        It is tried again ever more rarely. A file that is `refused`, or costs the second worker, is
        left alone until it changes.
        """
        losses = due.losses + lost
        refused = refused or losses >= LOSSES_TO_QUARANTINE
        with self._ledger.transaction():
            self._ledger.execute(
                "UPDATE writing SET attempts = ?, losses = ?, retry_at = ?, reason = ?, refused = ?"
                " WHERE file_id = ?",
                (
                    *(due.attempts + 1, losses, now + retry_delay(due.attempts)),
                    *(reason, refused, due.id),
                ),
            )
        return refused

    def try_refused_again(self) -> int:
        """Let files that were refused be tried once more; return how many."""
        with self._ledger.transaction():
            return self._ledger.execute(
                "UPDATE writing SET refused = 0, attempts = 0, losses = 0, retry_at = 0,"
                " reason = '' WHERE refused"
            )

    # Steps.

    def read_from(
        self, file_id: int, carried: str | None, before: str | None, imprint: Imprint | None
    ) -> None:
        """Queue a file that was read, or take it from the queue; a step.

        `carried` is the key of what it carries now, `before` of what it carried when it was read
        last, `imprint` what stands in it.
        """
        wanted = self._wanted(file_id)
        if wanted is None or wanted == carried:
            self.drop(file_id)
        elif imprint is None or (wanted != before and not _is_as_good(imprint, wanted)):
            self._queue(file_id)

    def queue_photo(self, photo_id: PhotoId) -> None:
        """Queue the files of a photo that do not carry what is said of it now; a step."""
        for file_id, carried in self._ledger.rows(
            "SELECT id, carried FROM file WHERE photo_id = ?", (photo_id,)
        ):
            if self._wanted(file_id) in {None, carried}:
                self.drop(file_id)
            else:
                self._queue(file_id)

    def changed(self, folder: bytes, name: bytes) -> None:
        """Let a file that changed be tried again though it was refused; a step."""
        self._ledger.execute(
            "UPDATE writing SET refused = 0, attempts = 0, losses = 0, retry_at = 0, reason = ''"
            " WHERE (refused OR attempts) AND file_id ="
            " (SELECT id FROM file WHERE folder = ? AND name = ?)",
            (folder, name),
        )

    def drop(self, file_id: int) -> None:
        """Take a file from the queue; a step."""
        self._ledger.execute("DELETE FROM writing WHERE file_id = ?", (file_id,))

    def human_is(self, file_id: int, sentence: str | None) -> None:
        """Note what a file says in a person's name; a step."""
        self._ledger.execute(
            "UPDATE file SET metadata = CAST(json_set(CAST(metadata AS TEXT), '$.human_caption', ?)"
            " AS BLOB) WHERE id = ?",
            (sentence, file_id),
        )

    # Within.

    def _wanted(self, file_id: int) -> str | None:
        """Return the key of the imprint that a file should carry, None for none."""
        if self.policy == "off":
            return None
        rows = self._ledger.rows(
            "SELECT description, human, carried, file.replaced,"
            " correction.sentence, stood, standing, correction.replaced"
            " FROM file JOIN photo ON photo.id = photo_id LEFT JOIN correction"
            " ON correction.fingerprint = photo.fingerprint AND standing WHERE file.id = ?",
            (file_id,),
        )
        if not rows:
            return None
        description, human, carried, replaced, *said = rows[0]
        if said[0] is not None:
            standing = correction(*said)
            key = imprint_key(standing.sentence, person=True, model="")
            return key if may_replace(standing, human, carried) else None
        caption = described(description).caption
        key = imprint_key(caption.sentence, person=False, model=caption.model)
        return key if human in {None, replaced} else None  # what was replaced is to come back

    def _queue(self, file_id: int) -> None:
        wanted = self._wanted(file_id) or ""
        self._ledger.execute(
            "INSERT OR REPLACE INTO writing (file_id, person) VALUES (?, ?)",
            (file_id, wanted.startswith(_PERSON)),
        )


_PERSON = imprint_key("", person=True, model="")

_DUE = """
    SELECT file.id, folder, name, size, mtime_ns, file.sidecar, writing.attempts, writing.losses,
        carried, description, scale, int8, correction.sentence
    FROM writing JOIN file ON file.id = file_id JOIN photo ON photo.id = file.photo_id
    JOIN features ON features.photo_id = photo.id
    LEFT JOIN correction ON correction.fingerprint = photo.fingerprint AND standing
    WHERE NOT refused AND file.state = ? AND (standing OR human IS NULL OR human = file.replaced)
"""

_QUEUE_MODELS = """
    INSERT OR REPLACE INTO writing (file_id)
    SELECT file.id FROM file WHERE photo_id IS NOT NULL
        AND (carried IS NULL OR {beside} OR carried <>
            (SELECT model || ': ' || json_extract(CAST(description AS TEXT), '$.caption.sentence')
            FROM photo WHERE photo.id = photo_id))
        AND file.id NOT IN (SELECT id FROM file WHERE human IS NOT NULL AND human IS NOT replaced)
        AND photo_id NOT IN
            (SELECT photo.id FROM correction JOIN photo USING (fingerprint) WHERE standing)
"""
"""Only what carries a sentence is compared with its photo: a large collection counts its rows."""

_QUEUE_PERSONS = f"""
    INSERT OR REPLACE INTO writing (file_id, person)
    SELECT file.id, 1 FROM correction JOIN photo USING (fingerprint)
    JOIN file ON file.photo_id = photo.id
    WHERE standing AND (carried IS NOT '{_PERSON}' || correction.sentence OR {{beside}})
        AND (human IS NULL OR human IN (correction.sentence, correction.replaced)
            OR carried = '{_PERSON}' || human)
"""


def _is_as_good(imprint: Imprint, wanted: str) -> bool:
    """Tell whether `imprint` is a model's, where a model's is wanted."""
    return not imprint.person and not wanted.startswith(_PERSON)


def _due(row: Row) -> DueFile:
    file_id, folder, name, size, mtime_ns, sidecar, attempts, losses, *photo = row
    carried, description, scale, values, correction = photo
    seen = described(description)
    return DueFile(
        id=file_id,
        path=joined(folder, name),
        size=size,
        mtime_ns=mtime_ns,
        sidecar=sidecar,
        imprint=Imprint(
            correction if correction is not None else seen.caption.sentence,
            correction is not None,
            Description(seen.caption, seen.tags, Features(values, scale)),
        ),
        withdrawn=_withdrawn(carried) if correction is None else None,
        attempts=attempts,
        losses=losses,
    )


def _withdrawn(carried: str | None) -> str | None:
    is_person = carried is not None and carried.startswith(_PERSON)
    return carried.removeprefix(_PERSON) if carried and is_person else None
