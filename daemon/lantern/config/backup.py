"""The section of the backup: where it goes, when, how long it is kept, and what is proved of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from lantern.config.section import Section, require_absolute

_SSH = re.compile(r"ssh://(?:[^\s/@:]+@)?(?:[^\s/@:\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?/\S*")

Kept = Annotated[int, Meta(ge=0, le=1000)]
"""How many archives of a kind are kept."""


class Backup(Section, frozen=True):
    """Where the backup goes, and what is proved of it; without `repositories` there is none.

    A repository is "ssh://user@host[:port]/path", or a folder of this machine: another disk.
    `schedule` is a calendar event of systemd.time(7), `limit_kib_s` 0 for as fast as the line is.
    `notices` says when somebody is written to at the addresses in `notice_file`, apprise's URLs.
    """

    repositories: tuple[str, ...] = ()
    encryption: Literal["repokey", "authenticated"] = "repokey"
    schedule: str = "*-*-* 03:30"
    keep_daily: Kept = 7
    keep_weekly: Kept = 4
    keep_monthly: Kept = 12
    exclude: tuple[str, ...] = ()
    limit_kib_s: Annotated[int, Meta(ge=0)] = 0
    check_every_d: Annotated[int, Meta(ge=1, le=365)] = 30
    drill_every_d: Annotated[int, Meta(ge=1, le=365)] = 7
    drill_photos: Annotated[int, Meta(ge=1, le=10_000)] = 20
    alarm_after_d: Annotated[float, Meta(ge=0.01, le=365)] = 3.0
    notices: Literal["off", "trouble", "daily"] = "trouble"
    notice_file: str = "/etc/lantern/notices"

    def __post_init__(self) -> None:
        """Check the repositories and the paths."""
        for repository in self.repositories:
            if repository.startswith("ssh:") and not _SSH.fullmatch(repository):
                raise ValueError(
                    "backup.repositories: expected one like "
                    f'"ssh://lantern@nas.local/backup/photos", got {repository!r}'
                )
            if not repository.startswith("ssh:"):
                require_absolute("backup.repositories", repository)
        if double := {one for one in self.repositories if self.repositories.count(one) > 1}:
            raise ValueError(
                f"backup.repositories: expected ones that differ, got {double.pop()!r} twice"
            )
        if self.repositories and not self.keep_daily + self.keep_weekly + self.keep_monthly:
            raise ValueError(
                "backup.keep_daily: expected at least 1 where keep_weekly and keep_monthly are 0, "
                "or no archive would be kept; got 0"
            )
        require_absolute("backup.notice_file", self.notice_file)

    @property
    def is_wanted(self) -> bool:
        """Tell whether there is to be a backup."""
        return bool(self.repositories)

    @property
    def notice_addresses(self) -> Path:
        """Return the file of the addresses to which notices go."""
        return Path(self.notice_file).expanduser()
