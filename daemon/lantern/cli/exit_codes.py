"""The exit codes of `lantern`, and which error leads to which."""

from __future__ import annotations

import enum

from lantern.errors import (
    ConfigError,
    Damaged,
    DeviceFault,
    LanternError,
    PhotoError,
    ProtocolError,
    Unavailable,
)


class ExitCode(enum.IntEnum):
    """What a script can tell from the exit status."""

    OK = 0
    FAILED = 1
    """An error of Lantern's own; please report it."""
    USAGE = 2
    """The command line was not understood."""
    CONFIG = 3
    """The configuration cannot be used."""
    UNAVAILABLE = 4
    """Something does not answer now, or not as it should: the daemon, the disk, a board."""
    PHOTO = 5
    """A photo cannot be used, or none could be captioned."""
    UNHEALTHY = 6
    """`doctor` or `models check` found something to see to, or safe mode is on."""
    INTERRUPTED = 130
    """Ctrl-C came before the end."""


_BY_FAMILY: tuple[tuple[type[LanternError], ExitCode], ...] = (
    (ConfigError, ExitCode.CONFIG),
    (PhotoError, ExitCode.PHOTO),
    (Unavailable, ExitCode.UNAVAILABLE),
    (Damaged, ExitCode.UNAVAILABLE),
    (ProtocolError, ExitCode.UNAVAILABLE),
    (DeviceFault, ExitCode.UNAVAILABLE),
)


def exit_code(error: LanternError) -> ExitCode:
    """Return the exit code for `error`."""
    return next((code for family, code in _BY_FAMILY if isinstance(error, family)), ExitCode.FAILED)
