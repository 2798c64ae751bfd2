"""Read a lock file: what it pins, when, and the files that it admits. Needs Python alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")


class Pin(NamedTuple):
    """One package: `marker` says when it is installed, `sha256` which files of it may be."""

    name: str
    version: str
    marker: str
    sha256: set[str]


def pins(lock: Path) -> list[Pin]:
    """Return what `lock` pins, in its order.

    Raises:
        ValueError: a line is none that scripts/lock writes.
    """
    found: list[Pin] = []
    for number, line in enumerate(lock.read_text("utf-8").splitlines(), 1):
        if pin := _PIN.match(line):
            found.append(Pin(pin[1], pin[2], pin[3] or "", set()))
        elif found and (sha256 := _HASH.match(line)):
            found[-1].sha256.add(sha256[1])
        else:
            raise ValueError(f"{lock.name}:{number}: expected a package or a hash, got {line!r}")
    return found


def normal(name: str) -> str:
    """Return a package's name as it is compared (PyPA, "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()
