"""How the backup stands, as the daemon tells it: made by `backup.alarm` of the reports. Pure.

Here, below all who tell of it: control socket, page, metrics and commands.
"""

from __future__ import annotations

import msgspec


class RepositoryState(msgspec.Struct, frozen=True, kw_only=True):
    """How one repository stands. Times are Unix seconds, None for never; sizes None for unknown.

    `good_at`, `checked_at` and `proved_at` are the ends of the newest backup, check and drill that
    were good, `tried_at` that of the newest backup at all, and `fault` why that was not good, "" if
    it was. `files`, `new`, `changed` and `gone` are of the newest good archive.
    """

    repository: str
    good_at: float | None = None
    tried_at: float | None = None
    fault: str = ""
    warnings: int = 0
    files: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    archives: int | None = None
    stored_bytes: int | None = None
    free_bytes: int | None = None
    disk_bytes: int | None = None
    checked_at: float | None = None
    proved_at: float | None = None


class RunningBackup(msgspec.Struct, frozen=True, kw_only=True):
    """What a run does now, as it tells: `action` is an `Action`; `waits_for` "" if it works.

    `of_bytes` is what the archive before held, 0 where that is not known.
    """

    action: str
    repository: str
    began: float
    files: int = 0
    original_bytes: int = 0
    of_bytes: int = 0
    waits_for: str = ""

    @property
    def share(self) -> float | None:
        """Return how much of it is done, in [0, 1]; None where that cannot be told."""
        return min(self.original_bytes / self.of_bytes, 1.0) if self.of_bytes else None


class BackupState(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `skipped` is why the newest run did nothing, "" if it did something.

    `next_at` is when the next run is due, None where no timer tells; `alarms` are the topics of
    what is wrong, whose sentences stand among the daemon's notices.
    """

    repositories: tuple[RepositoryState, ...] = ()
    next_at: float | None = None
    running: RunningBackup | None = None
    skipped: str = ""
    alarms: tuple[str, ...] = ()

    @property
    def good_at(self) -> float | None:
        """Return since when all is saved: the end of the oldest of the newest good backups."""
        ends = [one.good_at for one in self.repositories]
        good = [end for end in ends if end is not None]
        return min(good) if good and len(good) == len(ends) else None
