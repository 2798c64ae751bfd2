"""A drive that answers before it has written: a power cut takes what it was not told to flush.

User-Mode Linux writes its disk into a file, and a kernel that is killed loses nothing of what it
wrote there: a drive without a cache. A card or an SSD keeps writes back, for as long as no flush is
asked for, and writes them in any order. `Drive.cut` makes of the file what such a drive may hold.
"""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.guest import PARTS

SECTOR = 4096
"""Bytes that a drive writes whole, or not at all: a page of flash is no smaller.

By 512 bytes not even ext4 holds: its superblock has its checksum in another half than its counts.
"""

_NOTE = struct.Struct("=QQ")


class Drive:
    """The file `image` as a drive; what its cache holds is noted beside."""

    def __init__(self, image: Path) -> None:
        self.image = image
        self._cache = image.with_suffix(".cache")
        self._library = image.with_suffix(".so")
        source = PARTS / "drive.c"
        built = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
        subprocess.run([*built, "-o", self._library, source], check=True)

    def environment(self, writes: int = 0) -> dict[str, str]:
        """Return what User-Mode Linux has to find; it is killed before so many writes, if any."""
        return {
            "LD_PRELOAD": str(self._library),
            "DRIVE": str(self.image),
            "DRIVE_CACHE": str(self._cache),
            "DRIVE_WRITES": str(writes),
        }

    def cut(self, draw: random.Random) -> tuple[int, int]:
        """Let each sector be as it is, or as it was at some time since the last flush.

        Return how many sectors the cache held, and how many of them went back.
        """
        held: dict[int, list[bytes]] = {}
        for place, replaced in self._replaced():
            held.setdefault(place, []).append(replaced)
        keeps, lost = draw.random(), 0
        with self.image.open("r+b") as image:
            for place, versions in held.items():
                if draw.random() < keeps:
                    continue
                image.seek(place)
                image.write(draw.choice(versions))
                lost += 1
        self._cache.unlink(missing_ok=True)
        return len(held), lost

    def _replaced(self) -> Iterator[tuple[int, bytes]]:
        """Return each place that was written since the last flush, with what it held before."""
        noted, at = self._cache.read_bytes() if self._cache.exists() else b"", 0
        while at + _NOTE.size <= len(noted):
            offset, length = _NOTE.unpack_from(noted, at)
            bytes_ = noted[at + _NOTE.size :][:length]
            if len(bytes_) < length:
                return  # the cut came before this write
            for start in range(0, length, SECTOR):
                yield offset + start, bytes_[start : start + SECTOR]
            at += _NOTE.size + length
