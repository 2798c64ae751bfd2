"""What was taken out of an archive goes to its place. Nothing that is there is replaced unasked.

Files are moved within a disk, so that each is in its place whole or not at all. Folders that were
missing get mode, owner and times as they were saved. Blocking.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator

import msgspec

from lantern.errors import Unavailable
from lantern.imaging.source import printable


class Put(msgspec.Struct):
    """How many files went to their place, were there already, or were kept from it by another.

    `kept` are paths relative to the place: what is there differs from what was saved.
    """

    files: int = 0
    same: int = 0
    kept: list[bytes] = msgspec.field(default_factory=list)

    def add(self, other: Put) -> None:
        """Count `other` as well."""
        self.files += other.files
        self.same += other.same
        self.kept += other.kept


def put_back(taken: bytes, place: bytes, *, over: bool, is_new: bool = False) -> Put:
    """Move all that is below the folder `taken` to the same names below the folder `place`.

    A file that is there is left alone, unless `over`; no link is followed out of `place`, and no
    folder replaced. `is_new` tells that `place` was just made.

    Raises:
        Unavailable: the disk refuses.
    """
    found = Put()
    made = [(taken, place)] if is_new else []
    try:
        for folder in _folders(taken):
            target = _joined(place, folder)
            if any(folder.startswith(kept + b"/") or folder == kept for kept in found.kept):
                continue
            if folder != b"." and not os.path.lexists(target):
                os.mkdir(target, 0o700)
                made.append((os.path.join(taken, folder), target))
            elif folder != b"." and not stat.S_ISDIR(os.lstat(target).st_mode):
                found.kept.append(folder)
                continue
            for name in sorted(os.listdir(os.path.join(taken, folder))):
                _put(taken, place, _joined(folder, name), found, over=over)
        for source, target in reversed(made):  # the innermost first: what goes in moves the time
            _dress(source, target)
    except OSError as error:
        where = printable(place if error.filename is None else os.fsencode(error.filename))
        raise Unavailable(
            f"{where}: cannot be put back ({error.strerror}); look at the disk, and who may write "
            "there. What was put back stays, and the same command goes on"
        ) from error
    return found


def stands(place: bytes, size: int, mtime_s: float) -> bool:
    """Tell whether a file of this size and time, to the microsecond, is at `place`."""
    try:
        status = os.lstat(place)
    except OSError:
        return False
    same_time = abs(status.st_mtime_ns / 1e9 - mtime_s) < 2e-6
    return stat.S_ISREG(status.st_mode) and status.st_size == size and same_time


def _joined(folder: bytes, name: bytes) -> bytes:
    return os.path.normpath(os.path.join(folder, name))


def _folders(top: bytes) -> Iterator[bytes]:
    """Yield each folder below `top`, relative to it, outer ones first; `top` itself is b"."."""
    for folder, inner, _ in os.walk(top):
        inner.sort()
        yield bytes(os.path.relpath(folder, top))


def _put(taken: bytes, place: bytes, path: bytes, found: Put, *, over: bool) -> None:
    source, target = os.path.join(taken, path), os.path.join(place, path)
    status = os.lstat(source)
    if stat.S_ISDIR(status.st_mode):
        return
    if not os.path.lexists(target):
        _move(source, target)
        found.files += 1
    elif _are_same(source, target):
        found.same += 1
    elif over and not os.path.isdir(target):
        _move(source, target)
        found.files += 1
    else:
        found.kept.append(path)


def _move(source: bytes, target: bytes) -> None:
    """Have the file at `source` be at `target`, also where another disk is mounted in between."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        status, fresh = os.lstat(source), target + b".lantern-restore"
        shutil.copy2(source, fresh, follow_symlinks=False)
        if os.geteuid() == 0:
            os.chown(fresh, status.st_uid, status.st_gid, follow_symlinks=False)
        os.replace(fresh, target)
        os.unlink(source)


def _are_same(one: bytes, other: bytes) -> bool:
    """Tell whether two files hold the same, with the same times; no link counts as the same."""
    first, second = os.lstat(one), os.lstat(other)
    if not (stat.S_ISREG(first.st_mode) and stat.S_ISREG(second.st_mode)):
        return False
    if (first.st_size, first.st_mtime_ns) != (second.st_size, second.st_mtime_ns):
        return False
    with open(one, "rb") as left, open(other, "rb") as right:
        while block := left.read(1 << 20):
            if block != right.read(1 << 20):
                return False
    return True


def _dress(source: bytes, target: bytes) -> None:
    """Give the folder `target` what the one that was taken out has: owner, mode, times."""
    status = os.lstat(source)
    if os.geteuid() == 0:
        os.chown(target, status.st_uid, status.st_gid)
    shutil.copystat(source, target)
