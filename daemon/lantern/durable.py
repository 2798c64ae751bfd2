"""Small files that a power cut leaves whole: the old ones or the new ones."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def keep(path: Path, data: bytes) -> None:
    """Have the file at `path` hold `data`, whenever power goes.

    Blocking. Raises:
        OSError: the disk refuses; what was there before still is.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        with open(fresh, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def is_kept(folder: Path) -> bool:
    """Tell whether the disk of `folder` takes a small file, and gives it back. Blocking."""
    probe = folder / ".probe"
    try:
        keep(probe, b"probe")
        kept = probe.read_bytes() == b"probe"
        probe.unlink()
    except OSError:
        return False
    return kept
