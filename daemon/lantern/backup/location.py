"""Where a repository is: a folder of this machine, or one of another that is reached by ssh. Pure.

And the one line by which the other machine lets the backup in: with our key there is nothing to be
done there but Borg in these repositories, adding to them, and asking how full the disk is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Self

import msgspec

PORT = 22

FREE = "free"
"""The word that has the far side tell its disk, as "df -Pk" does, a line a repository."""

_SSH = re.compile(
    r"ssh://(?:(?P<user>[^@/\s]+)@)?(?P<host>\[[^]]+\]|[^:/\s]+)(?::(?P<port>\d+))?(?P<path>/\S*)"
)


class Location(msgspec.Struct, frozen=True):
    """A repository's parts; `host` is "" for a folder of this machine, `user` "" for nobody said.

    `path` is absolute, or relative to the far user's home, where Borg's "/./" or "/~/" say so.
    """

    path: str
    host: str = ""
    user: str = ""
    port: int = PORT

    @classmethod
    def of(cls, repository: str) -> Self:
        """Return where `repository`, an option of the configuration, is."""
        found = _SSH.fullmatch(repository)
        if found is None:
            return cls(path=repository)
        path = re.sub(r"^/[.~]/", "", found["path"])
        host = found["host"].strip("[]")
        return cls(path=path, host=host, user=found["user"] or "", port=int(found["port"] or PORT))

    @property
    def is_far(self) -> bool:
        """Tell whether it is on another machine."""
        return bool(self.host)

    @property
    def account(self) -> str:
        """Return who is asked for it there, for people: "lantern@nas.local", with an odd port."""
        name = f"{self.user}@{self.host}" if self.user else self.host
        return name if self.port == PORT else f"{name}, port {self.port}"

    @property
    def known_as(self) -> str:
        """Return the host's name in a known_hosts file [sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"]."""
        return self.host if self.port == PORT else f"[{self.host}]:{self.port}"

    @property
    def ssh_words(self) -> list[str]:
        """Return the words by which ssh finds the account."""
        who = ["-l", self.user] if self.user else []
        return [*who, "-p", str(self.port), "--", self.host]


def accounts(repositories: Iterable[str]) -> dict[tuple[str, str, int], list[Location]]:
    """Return the far repositories by (user, host, port), in the order of the configuration."""
    found: dict[tuple[str, str, int], list[Location]] = {}
    for location in map(Location.of, repositories):
        if location.is_far:
            found.setdefault((location.user, location.host, location.port), []).append(location)
    return found


def authorized_line(public_key: str, repositories: Iterable[Location]) -> str:
    """Return the line for `~/.ssh/authorized_keys` of the account that holds `repositories`.

    "restrict" forbids all that ssh can do besides; the forced command is all that the key does. By
    --append-only nothing that was saved can be taken away from here, whoever has the key.
    """
    paths = [shlex.quote(one.path) for one in repositories]
    only = " ".join(f"--restrict-to-repository {path}" for path in paths)
    command = (
        f'case "$SSH_ORIGINAL_COMMAND" in {FREE}) exec df -Pk {" ".join(paths)};; '
        f"*) exec borg serve --append-only {only};; esac"
    )
    quoted = command.replace('"', '\\"')  # as sshd(8) has it; a backslash alone stands for itself
    return f'restrict,command="{quoted}" {public_key.strip()}'
