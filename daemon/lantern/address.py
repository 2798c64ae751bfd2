"""Socket addresses however deep the folder: the kernel takes 107 bytes of a path [unix(7)]."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def short(path: Path) -> Iterator[str]:
    """Give a short name of the socket at `path`, valid within the context and this process."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
