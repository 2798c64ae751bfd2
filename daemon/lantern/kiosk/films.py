"""The films of a folder, in the order of their names.

Looks at the folder each time: films may come and go. Reads no film; whether one can be played is
found by the player. Blocking.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from lantern.errors import Unavailable
from lantern.imaging.source import printable
from lantern.model import display_path

# fmt: off
FILM_EXTENSIONS = frozenset((
    ".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
    ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv",
))
# fmt: on
"""In lower case; of what lies in the folder, the rest is passed over in silence."""

REST_S = 5.0
"""A film that was changed within so many seconds is still being copied."""

MOST_NAMED = 3

_NUMBER = re.compile(r"(\d+)")


class Film(msgspec.Struct, frozen=True):
    """One film; `stamp` is another when the file is."""

    name: str
    path: str
    stamp: tuple[int, int]


class Shelf(msgspec.Struct, frozen=True):
    """What lies in the folder: `films` by name, and what is the `trouble` with it, "" for none."""

    films: tuple[Film, ...] = ()
    trouble: str = ""


def shelf(folder: Path, wall: float) -> Shelf:
    """Return what can be played of `folder`, not of folders in it, at Unix time `wall`.

    The player takes text for a path: a film whose name is none is reported.

    Raises:
        Unavailable: the folder cannot be read now.
    """
    found: list[Film] = []
    nameless: list[bytes] = []
    try:
        with os.scandir(os.fsencode(folder)) as entries:
            for entry in entries:
                status = _status(entry)
                if status is None:
                    continue
                if not _is_text(entry.path):
                    nameless.append(entry.name)
                elif status.st_size and not 0 <= wall - status.st_mtime < REST_S:
                    found.append(_film(entry, status))
    except OSError as error:
        raise Unavailable(
            f"films: {folder} cannot be read ({error.strerror}); look at the disk, or set films to "
            "another folder"
        ) from error
    return Shelf(tuple(sorted(found, key=lambda film: _by_name(film.name))), _complaint(nameless))


def after(shelved: tuple[Film, ...], name: str) -> tuple[Film, ...]:
    """Return all films, the one that follows `name` first, and that one itself last.

    `name` may have gone meanwhile; the empty one is before all.
    """
    behind = [film for film in shelved if _by_name(film.name) > _by_name(name)]
    return (*behind, *shelved[: len(shelved) - len(behind)])


def _status(entry: os.DirEntry[bytes]) -> os.stat_result | None:
    """Return what the file system tells of a film, None for all else."""
    extension = os.path.splitext(entry.name)[1].decode("ascii", "replace").lower()
    if extension not in FILM_EXTENSIONS or entry.name.startswith(b"."):
        return None
    try:
        return entry.stat() if entry.is_file() else None
    except OSError:  # gone since, or a link to a disk that is
        return None


def _film(entry: os.DirEntry[bytes], status: os.stat_result) -> Film:
    return Film(
        display_path(entry.name), os.fsdecode(entry.path), (status.st_size, status.st_mtime_ns)
    )


def _is_text(path: bytes) -> bool:
    try:
        return path.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False


def _by_name(name: str) -> tuple[list[tuple[str, int]], str]:
    """Return a key by which "film 2" comes before "film 10", and "A" beside "a"."""
    parts = _NUMBER.split(name.casefold())
    natural = [(part, 0) if at % 2 == 0 else ("", int(part)) for at, part in enumerate(parts)]
    return natural, name


def _complaint(nameless: list[bytes]) -> str:
    if not nameless:
        return ""
    named = ", ".join(printable(name) for name in sorted(nameless)[:MOST_NAMED])
    more = f" and {len(nameless) - MOST_NAMED} more" if len(nameless) > MOST_NAMED else ""
    return f"films: expected names that are text, got {named}{more}; rename them to see them"
