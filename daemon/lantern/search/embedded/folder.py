"""The folder of the embedded index on disk: who may write, and which generation is current.

    lock            held (flock) by the one writer for as long as it lives
    current         JSON: the generation that readers open, and the layout's version
    <generation>/   one index of the engine; <generation>-<photos>-<…>/ the same, compacted

A new generation is made beside the old one and takes its place by one rename, so a reader never
meets half an index and a kill at any moment leaves a whole one. Knows nothing of the engine.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

import msgspec

from lantern import lock as locks
from lantern.errors import Unavailable
from lantern.search.embedded.integrity import LIST


class Current(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file `current` says; `version` counts the layouts of fields, ever."""

    version: int
    generation: str


def lock(folder: Path) -> int:
    """Make `folder` where needed and return the descriptor that holds its lock; close it to let go.

    Raises:
        Unavailable: another process writes, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return locks.take(folder / "lock")
    except BlockingIOError as error:
        raise Unavailable(
            f"search index {folder}: another Lantern holds it; stop that one first"
        ) from error
    except OSError as error:
        raise Unavailable(
            f"search index {folder}: cannot be opened for writing ({error.strerror}); "
            "give the folder to the user that runs Lantern"
        ) from error


def read_current(folder: Path) -> Current | None:
    """Return what `current` says, None where it is missing, unreadable or no such file."""
    try:
        return msgspec.json.decode((folder / "current").read_bytes(), type=Current)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def new_generation(folder: Path, name: str = "") -> Path:
    """Return a fresh, empty folder for a generation, which is not current yet."""
    fresh = folder / (name or secrets.token_hex(8))
    fresh.mkdir()
    return fresh


def compacted(generation: str, photos: int) -> str:
    """Return a new name for `generation`, compacted when it held so many photos."""
    return f"{identity_of(generation)}-{photos}-{secrets.token_hex(2)}"


def identity_of(generation: str) -> str:
    """Return the name that a generation got when it was begun from nothing."""
    return generation.partition("-")[0]


def compacted_at(generation: str) -> int:
    """Return how many photos a generation held when it was compacted last, 0 for never."""
    _, _, rest = generation.partition("-")
    return int(rest.partition("-")[0] or 0)


def make_current(folder: Path, generation: str, version: int) -> None:
    """Let readers open `generation` from now on, durably, and remove those before it."""
    waiting = folder / "current.new"
    with waiting.open("wb") as file:
        file.write(msgspec.json.encode(Current(version, generation)))
        file.flush()
        os.fsync(file.fileno())
    _sync(folder / generation)
    waiting.replace(folder / "current")
    _sync(folder)
    remove_all_but(folder, generation)


def open_to_readers(folder: Path, generation: str) -> None:
    """Give the engine's list of files, which it writes as 0600, the mode of the other files."""
    mode = (folder / "current").stat().st_mode & 0o777
    (folder / generation / LIST).chmod(mode)


def remove_all_but(folder: Path, generation: str) -> None:
    """Remove generations that are not current: readers that hold them open are not disturbed."""
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink() and child.name != generation:
            shutil.rmtree(child)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
