"""A lock that one process holds by a file; the kernel lets go of it, whatever ends the process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def take(file: Path, mode: int = 0o644) -> int:
    """Return a descriptor that holds the lock of `file`, made if need be; close it to let go.

    Raises:
        BlockingIOError: another process holds it.
        OSError: the file cannot be made or opened.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
