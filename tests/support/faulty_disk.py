"""A disk that is full, failing or read-only at a test's word, for processes that are started on it.

`faulty_disk.c` is compiled, loaded into them (LD_PRELOAD), and reads what fails from a file that is
mapped by all. Calls fail by chance, one in so many, on paths that begin alike.
"""

from __future__ import annotations

import contextlib
import enum
import mmap
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
_HEAD = struct.Struct("@iIIIII")
_PREFIX_BYTES = 1000


class Calls(enum.IntFlag):
    """Which calls fail."""

    TO_READ = 1
    TO_WRITE = 2
    READ = 4
    WRITE = 8
    SYNC = 16
    NAME = 32
    LOOK = 64


READING = Calls.TO_READ | Calls.READ | Calls.LOOK
WRITING = Calls.TO_WRITE | Calls.WRITE | Calls.SYNC | Calls.NAME


class FaultyDisk:
    """`environment` is what puts a process on it; `seed` draws which calls fail."""

    def __init__(self, folder: Path, seed: int) -> None:
        library, file = folder / "faulty_disk.so", folder / "faults"
        command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
        subprocess.run([*command, "-o", library, SOURCE, "-ldl"], check=True)
        file.write_bytes(bytes(_HEAD.size + _PREFIX_BYTES))
        self.environment = {"LD_PRELOAD": str(library), "FAULTY_DISK": str(file)}
        self._seed = seed & 0xFFFFFFFF
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), 0)

    @property
    def failed(self) -> int:
        """How many calls failed since the last fault began."""
        return int(_HEAD.unpack_from(self._map)[5])

    @contextlib.contextmanager
    def failing(self, error: int, calls: Calls, below: Path, *, one_in: int = 1) -> Iterator[None]:
        """Have one in so many `calls` on paths that begin with `below` fail by `error`."""
        prefix = str(below).encode()
        self._map[_HEAD.size :] = prefix.ljust(_PREFIX_BYTES, b"\0")
        self._map[4 : _HEAD.size] = struct.pack("@IIIII", calls, one_in, self._seed, 0, 0)
        self._map[0:4] = struct.pack("@i", error)
        try:
            yield
        finally:
            self.heal()

    def heal(self) -> None:
        """Have nothing fail any more."""
        self._map[0:4] = bytes(4)
