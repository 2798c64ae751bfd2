"""Put a guest's picture into the photo folder: whole or not at all, in nobody's place.

Blocking. Follows no link below the photo root, and makes no folder where the disk is not mounted.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator

from lantern.errors import PhotoError, Unavailable
from lantern.imaging import replace
from lantern.imaging.source import printable

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def keep(root: bytes, folder: str, name: str, data: bytes) -> str:
    """Write `data` as `folder`/`name`.jpg below `root`; return its path below `root`.

    Where there is such a file it becomes `name` (2).jpg, and so on.

    Raises:
        Unavailable: the disk is away, full or read-only, or there is a link in the way.
    """
    where = printable(os.path.join(root, os.fsencode(folder)))
    try:
        with _opened(root, folder) as inside:
            free = next(one for one in _names(name) if not _is_there(one, inside))
            replace.create(inside, os.fsencode(free), data, like=os.fstat(inside))
    except OSError as error:
        raise Unavailable(f"{where}: {os.strerror(error.errno or 0).lower()}") from error
    except (PhotoError, Unavailable) as error:
        raise Unavailable(f"{where}: {error.__cause__ or error}") from error
    return f"{folder}/{free}"


@contextlib.contextmanager
def _opened(root: bytes, folder: str) -> Iterator[int]:
    """Give a descriptor of `folder` below `root`, made if need be."""
    here = os.open(root, _FOLDER)
    try:
        if not os.listdir(here):
            raise Unavailable("the photo folder is empty; mount its disk, or put a photo into it")
        for part in filter(None, folder.split("/")):
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o775, dir_fd=here)
            there = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = there
        yield here
    finally:
        os.close(here)


def _names(name: str) -> Iterator[str]:
    yield f"{name}.jpg"
    yield from (f"{name} ({number}).jpg" for number in itertools.count(2))


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
