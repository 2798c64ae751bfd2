"""What became of a run: the job writes it, the daemon keeps it, people read it. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

MOST_SENTENCES = 20
"""So many warnings or faults are kept of a repository: the first tell what is the matter."""


class Action(StrEnum):
    """What a run was for."""

    BACKUP = "backup"
    CHECK = "check"
    DRILL = "drill"


class Outcome(StrEnum):
    """What became of one repository: a warned one is good, but for what the warnings name."""

    DONE = "done"
    WARNED = "warned"
    FAILED = "failed"


class Saved(msgspec.Struct, frozen=True):
    """What a new archive holds. `new` and `changed` files are those sent, `gone` those before.

    `unread` files could not be read. Bytes are Borg's: `original` before, `compressed` after
    compression, `deduplicated` of what was not there yet.
    """

    archive: str
    files: int
    new: int
    changed: int
    gone: int
    unread: int
    original_bytes: int
    compressed_bytes: int
    deduplicated_bytes: int


class Proved(msgspec.Struct, frozen=True):
    """What was taken out of `archive` and compared: `files` of it, `photo_bytes` in all.

    `seed` drew the lots.
    """

    archive: str
    files: int
    photo_bytes: int
    seed: int = 0


class RepositoryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one repository. `kind` is a word of `outcome` for what failed, "" for nothing.

    `sentences` are the warnings or faults. `archives` are kept, None where that was not asked;
    `stored_bytes` is what all of them take there, `free_bytes` what is left of `disk_bytes` there,
    None where the far side does not tell.
    """

    repository: str
    outcome: Outcome
    kind: str = ""
    sentences: tuple[str, ...] = ()
    seconds: float = 0.0
    saved: Saved | None = None
    proved: Proved | None = None
    archives: int | None = None
    stored_bytes: int | None = None
    free_bytes: int | None = None
    disk_bytes: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `id` sorts by time; `skipped` says why nothing was done, "" if something was.

    Times are Unix seconds of the clock as it was. `photos` are those of the catalog that was saved,
    `free_bytes` what is left on the disk of Lantern's own state.
    """

    id: str
    action: Action
    began: float
    ended: float
    version: str
    skipped: str = ""
    repositories: tuple[RepositoryReport, ...] = ()
    photos: int = 0
    free_bytes: int = 0

    @property
    def is_good(self) -> bool:
        """Tell whether every repository was done, with or without warnings."""
        failed = any(one.outcome is Outcome.FAILED for one in self.repositories)
        return bool(self.repositories) and not failed


encode = msgspec.json.Encoder().encode


def decode(text: bytes) -> Report:
    """Return the report in `text`.

    Raises:
        msgspec.DecodeError: there is none, such as of a newer Lantern.
    """
    return msgspec.json.decode(text, type=Report)
