"""Times and sizes in the words that the backup tells them in. Pure."""

from __future__ import annotations

import datetime


def moment(unix: float) -> str:
    """Return the Unix time `unix` as this machine's clocks show it."""
    when = datetime.datetime.fromtimestamp(unix).astimezone()
    return f"{when.day} {when:%B %Y, %H:%M}"


def size(count: int) -> str:
    """Return `count` bytes in the units that disks are sold by."""
    for unit, of in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= of:
            return f"{count / of:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"
