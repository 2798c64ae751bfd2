"""Which repositories a person means."""

from __future__ import annotations

from lantern.config import Config
from lantern.errors import ConfigError


def named(settings: Config, repository: str | None) -> tuple[str, ...]:
    """Return the repositories that are meant: all, or the one that is named.

    The name may be a part that no other has, such as the host.

    Raises:
        ConfigError: there is none at all, none of that name, or more than one.
    """
    known = settings.backup.repositories
    if not known:
        raise ConfigError(
            'backup.repositories: no repository is named; write one into lantern.toml, then "sudo '
            'lantern backup setup"'
        )
    if repository is None or repository in known:
        return known if repository is None else (repository,)
    found = tuple(one for one in known if repository in one)
    if len(found) != 1:
        raise ConfigError(
            f"backup.repositories: expected one of {', '.join(known)}, got {repository!r}"
        )
    return found
