"""Put a new version of a file in an old one's place, so that either the one or the other is there.

The new bytes go to a temporary file in the same folder, get everything that belongs to the old file
but its content (owner, mode, extended attributes with their access lists, times), reach the disk,
and take the name by one rename. Knows nothing of pictures; folders are descriptors, so that nothing
on the way can be swapped. What cannot be kept is a reason to change nothing at all.
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import struct
import sys
from collections.abc import Callable, Iterator

import msgspec

from lantern.errors import PhotoError, Unavailable

_TEMPORARY = re.compile(rb"\.lantern-[0-9a-f]{16}\.tmp")

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_GETFLAGS = 0x80086601 if struct.calcsize("P") == 8 else 0x80046601  # FS_IOC_GETFLAGS
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20

_OF_THE_CONTENT = frozenset({"security.ima", "security.evm"})
"""Attributes that the kernel computes from the very bytes."""

_NO_SUCH_SERVICE = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})
"""How a file system says that it has no such thing."""


class Held(msgspec.Struct, frozen=True):
    """A file as it was when it was read: name, bytes, status, extended attributes.

    `is_immutable` tells that it is marked as not to be changed (chattr +i or +a).
    """

    name: bytes
    data: bytes
    status: os.stat_result
    attributes: dict[str, bytes]
    is_immutable: bool


def hold(folder: int, name: bytes, limit: int) -> Held:
    """Read the plain file `name`, at most `limit` bytes of it.

    Raises:
        PhotoError: it is no plain file, or larger.
        Unavailable: it changed while it was read.
        OSError: it cannot be opened or read.
    """
    _require_plain(os.stat(name, dir_fd=folder, follow_symlinks=False), limit)
    with open(os.open(name, _OLD, dir_fd=folder), "rb") as file:
        before = os.fstat(file.fileno())
        _require_plain(before, limit)
        data = file.read(before.st_size + 1)
        attributes = _attributes(file.fileno())
        is_immutable = _is_immutable(file.fileno())
        after = os.fstat(file.fileno())
    if len(data) != before.st_size or _identity(before) != _identity(after):
        raise Unavailable("changed while it was read; tried again when it rests")
    return Held(name, data, before, attributes, is_immutable)


def require_writable(folder: int, old: Held) -> None:
    """Look whether the owner lets `old` be replaced.

    Raises:
        PhotoError: it has other names, is read-only, or is marked immutable.
    """
    if old.is_immutable:
        raise PhotoError("marked immutable, so nothing is written to it; to allow it: chattr -i")
    if old.status.st_nlink > 1:
        raise PhotoError(
            f"{old.status.st_nlink} names for one file (hard links), expected one; it would be torn"
            ' apart, so make it a copy or set captions.write = "sidecar"'
        )
    is_open = bool(old.status.st_mode & 0o222)
    # Root may do anything; the mode's bits are what the owner asks of everybody.
    if is_open and os.geteuid() != 0:
        is_open = os.access(old.name, os.W_OK, dir_fd=folder, effective_ids=True)
    if not is_open:
        raise PhotoError(
            f"read-only ({stat.filemode(old.status.st_mode)}); allow Lantern to write it"
            ' (chmod u+w) or set captions.write = "sidecar"'
        )


def overwrite(folder: int, old: Held, data: bytes) -> os.stat_result:
    """Put `data` in the place of `old`; return the status of the file that is there now.

    Raises:
        PhotoError: something of the file cannot be kept, or the owner has closed it to changes.
        Unavailable: it changed since it was held, or the disk is full or failing.
    """
    require_writable(folder, old)
    with _complaining(), _temporary(folder) as (descriptor, temporary):
        _write(descriptor, data)
        _take_over(descriptor, old)
        os.fsync(descriptor)
        if _identity(os.stat(old.name, dir_fd=folder, follow_symlinks=False)) != _identity(
            old.status
        ):
            raise Unavailable("changed since it was read; tried again when it rests")
        return _settle(folder, descriptor, temporary, old.name)


def create(folder: int, name: bytes, data: bytes, like: os.stat_result) -> os.stat_result:
    """Make the file `name` with `data`; return its status.

    It gets the mode of `like`, and its owner and group where we may give them: otherwise it is
    ours, since a new file takes nothing from anybody.

    Raises:
        PhotoError: the folder lets nobody write.
        Unavailable: there is such a file by now, or the disk is full or failing.
    """
    with _complaining(), _temporary(folder) as (descriptor, temporary):
        _write(descriptor, data)
        _resemble(descriptor, like)
        os.fsync(descriptor)
        with contextlib.suppress(FileNotFoundError):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            raise Unavailable("appeared meanwhile; tried again")
        return _settle(folder, descriptor, temporary, name)


def sweep(folder: bytes) -> int:
    """Remove the temporaries that a killed process left in `folder`; return how many there were.

    Only while nobody writes there: before the first photo is given to a worker.

    Raises:
        OSError: the folder cannot be read, or a temporary not be removed.
    """
    with os.scandir(folder) as entries:
        left = [
            entry.name
            for entry in entries
            if is_temporary(entry.name) and entry.is_file(follow_symlinks=False)
        ]
    for name in left:
        os.unlink(os.path.join(folder, name))
    return len(left)


def is_temporary(name: bytes) -> bool:
    """Tell whether `name` is one that Lantern gives to a file that is being written."""
    return _TEMPORARY.fullmatch(name) is not None


@contextlib.contextmanager
def _temporary(folder: int) -> Iterator[tuple[int, bytes]]:
    """Give a new file, and remove it if it did not get its name."""
    name = b".lantern-%s.tmp" % secrets.token_hex(8).encode()
    descriptor = os.open(name, _NEW, 0o600, dir_fd=folder)
    try:
        yield descriptor, name
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise
    finally:
        os.close(descriptor)


def _resemble(descriptor: int, like: os.stat_result) -> None:
    """Give a new file owner, group and mode of `like`, as far as we may.

    Only root gives files away, and FAT knows neither owners nor most modes.
    """
    mode = stat.S_IMODE(like.st_mode) & 0o666 | stat.S_IRUSR | stat.S_IWUSR
    with contextlib.suppress(PermissionError):
        os.fchmod(descriptor, mode)
    for owner in ((-1, like.st_gid), (like.st_uid, -1)):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, *owner)


def _settle(folder: int, descriptor: int, temporary: bytes, name: bytes) -> os.stat_result:
    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_SUCH_SERVICE:  # some network file systems keep no folders
            raise
    return os.fstat(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _take_over(descriptor: int, old: Held) -> None:
    """Give the new file what the old one has, in the order in which one undoes nothing of another.

    A change of owner clears bits of the mode, and a change of the mode one of the access list.
    """
    mine, status = os.fstat(descriptor), old.status
    if (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        except OSError as error:
            raise PhotoError(
                f"its owner {status.st_uid}:{status.st_gid} cannot be kept"
                f" ({os.strerror(error.errno or 0)}); let Lantern run as that user,"
                ' or set captions.write = "sidecar"'
            ) from error
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    _copy_attributes(descriptor, old.attributes)
    os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))
    kept = os.fstat(descriptor)
    if (kept.st_uid, kept.st_gid, kept.st_mode) != (status.st_uid, status.st_gid, status.st_mode):
        raise PhotoError(
            f"its mode {stat.filemode(status.st_mode)} cannot be kept, it became"
            f' {stat.filemode(kept.st_mode)}; set captions.write = "sidecar"'
        )


def _copy_attributes(descriptor: int, wanted: dict[str, bytes]) -> None:
    given = _attributes(descriptor)
    for name in given.keys() - wanted.keys():
        _keep(name, lambda name=name: os.removexattr(descriptor, name))  # type: ignore[misc]
    for name, value in wanted.items():
        if given.get(name) != value:
            _keep(name, lambda n=name, v=value: os.setxattr(descriptor, n, v))  # type: ignore[misc]


def _keep(name: str, change: Callable[[], None]) -> None:
    try:
        change()
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO}:
            raise
        raise PhotoError(
            f"its attribute {name} cannot be kept ({os.strerror(error.errno or 0)});"
            ' set captions.write = "sidecar"'
        ) from error


def _attributes(descriptor: int) -> dict[str, bytes]:
    try:
        names = os.listxattr(descriptor)
    except OSError as error:
        if error.errno in _NO_SUCH_SERVICE:
            return {}
        raise
    return {name: os.getxattr(descriptor, name) for name in names if name not in _OF_THE_CONTENT}


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _require_plain(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("expected a plain file to write to; found something else, left alone")
    if status.st_size > limit:
        raise PhotoError(f"larger than the {limit / 2**20:.0f} MiB that Lantern writes to")


def _is_immutable(descriptor: int) -> bool:
    flags = bytearray(8)
    try:
        fcntl.ioctl(descriptor, _GETFLAGS, flags)
    except OSError:
        return False  # a file system without such flags
    return bool(int.from_bytes(flags[:4], sys.byteorder) & (_IMMUTABLE | _APPEND_ONLY))


@contextlib.contextmanager
def _complaining() -> Iterator[None]:
    """Say in a sentence what the system refused."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise PhotoError(
                f"its folder cannot be written to ({reason}); allow Lantern to write there,"
                ' or set captions.write = "off"'
            ) from error
        raise Unavailable(
            f"its caption cannot be written now: {reason}; tried again later"
        ) from error
