"""One archive of a repository: which it is, what it says of itself, and taking files out. Blocking.

Borg tells names as text in which what is no UTF-8 became "?"; `told` does the same to a path, so
that the two can be compared. It takes the bytes of a path as they are.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from lantern.backup import borgmatic, far
from lantern.backup.outcome import Fault, Kind
from lantern.backup.plan import PREFIX, Comment, Plan, read_comment
from lantern.errors import Unavailable

LEAVE_OUT = ("--noflags", "--noacls", "--noxattrs")
"""What is taken out to be looked at, and not to be kept, needs none of these."""


class Archive(msgspec.Struct, frozen=True):
    """An archive: its repository and name, when it was begun, and what it says of itself."""

    repository: str
    name: str
    began: datetime.datetime
    comment: Comment

    @property
    def began_ns(self) -> int:
        """Return when it was begun, in nanoseconds of Unix time."""
        return int(self.began.timestamp() * 1e9)

    @property
    def address(self) -> str:
        """Return what Borg calls it."""
        return f"{self.repository}::{self.name}"

    def stored(self, path: bytes) -> bytes:
        """Return where in the archive the photo at `path`, relative to the photo root, is."""
        return inside(os.fsencode(self.comment.photos)) + b"/" + path


def find(plan: Plan, repository: str, name: str | None = None) -> Archive:
    """Return the archive `name` of `repository`, or Lantern's newest one.

    Raises:
        Fault: the repository cannot be opened, or there is no such archive.
        Unavailable: it is none of Lantern's, or of a newer Lantern's.
    """
    pattern = name or f"{PREFIX}*"
    words = ["list", "--json", "--last", "1", "--glob-archives", pattern, "--format", "{comment}"]
    ran = far.checked(plan, borgmatic.borg(plan, [*words, repository]), repository)
    found = json.loads(ran.out)["archives"]
    if not found:
        which = f"no archive {name}" if name else "no archive yet"
        raise Fault(
            Kind.ABSENT, f'{repository}: holds {which}; "lantern backup list" tells those there are'
        )
    told = found[0]
    try:
        comment = read_comment(told["comment"])
    except msgspec.DecodeError as error:
        raise Unavailable(
            f"{repository}::{told['name']}: expected an archive of Lantern's ({error}); take files "
            "out of it by borg extract"
        ) from error
    began = datetime.datetime.fromisoformat(told["start"]).astimezone()
    return Archive(repository, told["name"], began, comment)


def names(plan: Plan, archive: Archive, below: bytes = b"") -> set[bytes]:
    """Return the paths of all files of `archive`, or of those `below` a folder, as `told`.

    Raises:
        Fault: it cannot be read.
    """
    words = ["list", "--format", "{type}{path}{NUL}", archive.address]
    if below:
        words.append(_pattern(below))
    ran = borgmatic.checked(borgmatic.borg(plan, words), archive.repository)
    return {entry[1:] for entry in ran.out.split(b"\0") if not entry.startswith((b"d", b"\n"))}


def take_out(
    plan: Plan, archive: Archive, paths: Sequence[bytes], folder: Path, *options: str
) -> None:
    """Take what is at `paths` in `archive`, files or folders, out into `folder`.

    What is not in the archive is left out without a word.

    Raises:
        Fault: something of it cannot be read, or the disk is full.
    """
    patterns = [_pattern(path) for path in paths]
    words = ["extract", *options, archive.address, *patterns]
    ran = borgmatic.borg(plan, words, folder=folder)
    borgmatic.checked(ran, archive.repository)


def inside(path: bytes) -> bytes:
    """Return the absolute `path` as archives have it, without the first slash."""
    return path.strip(b"/")


def told(path: bytes) -> bytes:
    """Return `path` as Borg tells it."""
    return os.fsdecode(path).encode("utf-8", "replace")


def fresh_folder(path: Path) -> Path:
    """Return the folder `path`, empty, and for its owner alone.

    Raises:
        Unavailable: it cannot be made.
    """
    remove(path)
    try:
        path.mkdir(mode=0o700)
    except OSError as error:
        raise Unavailable(
            f"{path}: cannot be made ({error.strerror}); look at the disk, and whose the folder is"
        ) from error
    return path


def remove(path: Path) -> None:
    """Remove the folder `path` with all that is in it, whatever its modes say."""
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path, ignore_errors=True)


def batches(files: Iterable[tuple[bytes, int]], most: int, most_bytes: int) -> list[list[bytes]]:
    """Return the paths of `files`, (path, size), in lists of so many, and so many bytes. Pure."""
    found: list[list[bytes]] = []
    filled = 0
    for path, size in files:
        if not found or len(found[-1]) >= most or filled + size > most_bytes:
            found.append([])
            filled = 0
        found[-1].append(path)
        filled += size
    return found


def _pattern(path: bytes) -> str:
    """Return what has Borg take the file or folder at `path` [borg help patterns]."""
    return f"pp:{os.fsdecode(path)}"
