"""Brings files back out of an archive, a part after the other, and goes on where it was cut off.

What is there already is not taken out again. A part is taken out into a hidden folder beside its
place, which no scan looks into, and moved from there (`put_back`). Blocking; with Borg's own folder
in a temporary place, so that root leaves nothing in the backup's.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from lantern.backup import archive as archives
from lantern.backup import borgmatic
from lantern.backup.archive import Archive, inside
from lantern.backup.plan import Plan
from lantern.backup.put_back import Put, put_back, stands
from lantern.errors import Unavailable

PART_FILES = 5_000
PART_BYTES = 2 * 1024**3
"""So many files, and so many bytes, are taken out at once: as much room as is needed besides."""

TEMPORARY = ".lantern-restore"


class Item(msgspec.Struct, frozen=True):
    """A file in an archive. `path` is as Borg tells it: what is no UTF-8 became "?"."""

    path: bytes
    size: int
    mtime_s: float
    is_folder: bool


class Way(msgspec.Struct, frozen=True):
    """What is below `top` in an archive goes below the folder `place`.

    Files that are there are left alone, unless `over`. With `trusting`, one of the size and the
    time that were saved is not even taken out to be compared: so a restore of all goes on.
    """

    top: bytes
    place: bytes
    over: bool = False
    trusting: bool = False

    def target(self, item: Item) -> bytes:
        """Return where `item` goes."""
        return os.path.normpath(
            os.path.join(self.place, os.path.relpath(b"/" + item.path, b"/" + self.top))
        )

    def is_there(self, item: Item) -> bool:
        """Tell whether `item` need not be taken out."""
        return self.trusting and stands(self.target(item), item.size, item.mtime_s)


Told = Callable[[int, int], None]
"""Is told after each part how many bytes of how many were brought back."""


@contextlib.contextmanager
def as_guest(plan: Plan) -> Iterator[Plan]:
    """Give `plan` with a folder of Borg's own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lantern-borg-") as base:
        yield msgspec.structs.replace(plan, base=base)


def items(plan: Plan, archive: Archive, below: bytes) -> list[Item]:
    """Return what `archive` holds at `below`, a path in it, and below that.

    With the folders above it, as far as the photo root: a missing one is made as it was. None at
    all where nothing is at `below`.

    Raises:
        Fault: the archive cannot be read.
    """
    words = ["list", "--json-lines", "--format", "{size}{isomtime}", archive.address]
    patterns = [f"pp:{os.fsdecode(below)}", *(f"pf:{os.fsdecode(one)}" for one in _above(below))]
    ran = borgmatic.borg(plan, [*words, *patterns])
    borgmatic.checked(ran, archive.repository)
    found = [_item(line) for line in ran.out.splitlines() if line.startswith(b"{")]
    told = archives.told(below)
    is_there = any(item.path == told or item.path.startswith(told + b"/") for item in found)
    return found if is_there else []


def bring_back(
    plan: Plan,
    archive: Archive,
    found: Sequence[Item],
    way: Way,
    told: Told = lambda _done, _of: None,
) -> Put:
    """Bring `found` of `archive` back by `way`, telling how far it is.

    Raises:
        Fault: something of it cannot be read.
        Unavailable: the disk refuses. What was brought back stays.
    """
    missing = [item for item in found if item.is_folder or not way.is_there(item)]
    result = Put(same=len(found) - len(missing))
    size_of = {item.path: item.size for item in missing}
    done, whole = 0, sum(size_of.values())
    is_new = not os.path.isdir(way.place)
    _require_room(way.place, whole)
    with _beside(way.place) as folder:
        for part in archives.batches(size_of.items(), PART_FILES, PART_BYTES):
            words = ["extract", archive.address, *map(_pattern, part)]
            borgmatic.checked(borgmatic.borg(plan, words, folder=folder), archive.repository)
            taken = os.path.join(os.fsencode(folder), way.top)
            if os.path.isdir(taken):
                result.add(put_back(taken, way.place, over=way.over, is_new=is_new and not done))
            archives.fresh_folder(folder)
            done += sum(size_of[path] for path in part)
            told(done, whole)
    return result


def place_of(archive: Archive, path: str, root: bytes) -> bytes:
    """Return where in `archive` what a person calls `path` is.

    That is as of the photos; or absolute, below the photo folder `root` of now (either may go by a
    symbolic link that the other does not), or as the archive has it.
    """
    photos = os.fsencode(archive.comment.photos)
    wanted = os.path.normpath(os.path.join(root, os.fsencode(path)))
    for one, above in ((wanted, root), (os.path.realpath(wanted), os.path.realpath(root))):
        if os.path.commonpath([one, above]) == above:
            wanted = os.path.join(photos, os.path.relpath(one, above))
            break
    return inside(os.path.normpath(wanted))


def _require_room(place: bytes, size: int) -> None:
    """Raise `Unavailable` if the disk of `place`, which may be missing, has not so much room."""
    there = place
    while not os.path.isdir(there):
        there = os.path.dirname(there)
    disk = os.statvfs(there)
    free = disk.f_bavail * disk.f_frsize
    if free < size:
        raise Unavailable(
            f"{os.fsdecode(place)}: {size / 1e9:,.1f} GB are to be brought back, and its disk has "
            f"room for {free / 1e9:,.1f} GB; make room, or bring a part of it back"
        )


@contextlib.contextmanager
def _beside(place: bytes) -> Iterator[Path]:
    """Give an empty hidden folder in `place`, which is made if it is missing."""
    folder = Path(os.fsdecode(place)) / f"{TEMPORARY}-{os.getpid()}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob(f"{TEMPORARY}-*"):
            if not Path("/proc", left.name.rpartition("-")[2]).exists():  # it was killed
                archives.remove(left)
    except OSError as error:
        raise Unavailable(
            f"{folder.parent}: cannot be made ({error.strerror}); run it by sudo, or name another "
            "folder"
        ) from error
    archives.fresh_folder(folder)
    try:
        yield folder
    finally:
        archives.remove(folder)


def _item(line: bytes) -> Item:
    entry = json.loads(line)
    moment = datetime.datetime.fromisoformat(entry["isomtime"]).astimezone()
    return Item(
        path=entry["path"].encode("utf-8", "replace"),
        size=int(entry.get("size", 0)),
        mtime_s=moment.timestamp(),
        is_folder=entry["type"] == "d",
    )


def _above(path: bytes) -> Iterator[bytes]:
    """Yield the folders above `path`, the outermost first."""
    parts = path.split(b"/")
    return (b"/".join(parts[:count]) for count in range(1, len(parts)))


def _pattern(path: bytes) -> str:
    """Return what has Borg take just the file that it tells as `path` [borg help patterns]."""
    name = path.decode("utf-8", "replace")
    if "?" not in name:
        return f"pf:{name}"
    return "sh:" + re.sub(r"[*\[]", lambda special: f"[{special[0]}]", name)
