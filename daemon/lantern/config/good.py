"""The configuration in force: the owner's file, or the last good one where that cannot be used.

The daemon keeps a copy of each file that it came up with. It lies where a service keeps its state,
$STATE_DIRECTORY [systemd.exec(5)], or /var/lib/lantern for the system's own file: so it is found
though the configuration, which says where all other state lies, cannot be read.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from lantern import durable
from lantern.config.file import SYSTEM_CONFIG, Config, find, load, parse
from lantern.errors import ConfigError

SYSTEM_STATE = Path("/var/lib/lantern")


class InForce(msgspec.Struct, frozen=True):
    """The configuration that counts; `flaw` says why it is not that in `file`, "" if it is."""

    file: Path
    config: Config
    flaw: str = ""


def in_force(explicit: Path | None) -> InForce:
    """Return what counts: the file `explicit`, else the usual one; or the last good copy of it.

    Raises:
        ConfigError: the file cannot be used, and no good copy was kept.
    """
    file = explicit or SYSTEM_CONFIG
    try:
        file = find(explicit)
        return InForce(file, load(file))
    except ConfigError as error:
        good = _good(file)
        if good is None:
            raise
        step = 'mend the file ("lantern config check"), then "sudo systemctl reload lantern"'
        return InForce(file, good, f"{error}; the last good configuration is used; {step}")


def keep_good(file: Path) -> None:
    """Keep a copy of `file`, where state is kept; the same again is not written.

    Raises:
        ConfigError: it is good no more.
        OSError: it cannot be read, or written there.
    """
    copy = copy_of(file)
    if copy is None:
        return
    text = file.read_bytes()
    parse(text.decode("utf-8-sig", "replace"))  # somebody may have changed it just now
    if not copy.is_file() or copy.read_bytes() != text:
        durable.keep(copy, text)


def copy_of(file: Path) -> Path | None:
    """Return where the good copy of `file` lies, None where no state is kept for it."""
    folder = kept_in(file)
    return folder / "lantern.toml.good" if folder else None


def kept_in(file: Path) -> Path | None:
    """Return where the service that is configured by `file` keeps its state, None for no service.

    It is known though the file cannot be read, which may name another folder for the catalog.
    """
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state)
    return SYSTEM_STATE if file == SYSTEM_CONFIG else None


def _good(file: Path) -> Config | None:
    """Return the configuration in the good copy of `file`, None where there is none of use."""
    copy = copy_of(file)
    try:
        return load(copy) if copy else None
    except ConfigError:
        return None
