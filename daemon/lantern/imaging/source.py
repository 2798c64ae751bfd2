"""Read one photo from the disk, safely, and say what it is.

Opens each part of the path by the directory before it and follows no symbolic link, so nothing
outside the photo folder is ever read, and nothing that is not a plain file is ever opened. The
bytes are read, not mapped: a file that is cut while mapped would kill the process. Decodes nothing;
see `imaging.decode` and `imaging.metadata` for what happens with the bytes.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeVar

import msgspec

from lantern.errors import PhotoError, Unavailable
from lantern.imaging.fingerprint import fingerprint
from lantern.imaging.formats import SNIFF_BYTES, Format, expected, extension_of, sniff
from lantern.imaging.sidecar import MAX_SIDECAR_BYTES, shared_sidecar_names, sidecar_names, stamp
from lantern.model import Fingerprint, display_path

T = TypeVar("T")

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Larger files are refused: four times the largest RAW file of a 150-megapixel camera."""

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a FIFO that takes the file's place after it was looked at must not hang us.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_KINDS = (
    (stat.S_ISLNK, "a symbolic link; Lantern does not follow links, so copy the file instead"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
)


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photo's bytes and what they are.

    `remark` tells a harmless oddity worth recording (a PNG that is called .jpg, a line break in the
    name), in one sentence without the file's name, or None.
    """

    data: bytes
    size: int
    mtime_ns: int
    format: Format
    fingerprint: Fingerprint
    remark: str | None = None


def read_photo(root: bytes, path: bytes) -> Source:
    """Read the photo at `path`, relative to the photo folder `root`.

    Raises:
        PhotoError: it is no plain file, empty, larger than `MAX_FILE_BYTES`, or in no format that
            Lantern reads; nothing changes until the file does.
        Unavailable: it is missing, unreadable now, or changed while it was read; worth retrying.
    """
    name = printable(path)
    data, status = _reach(root, path, name, _read_file)
    extension = extension_of(path)
    found = sniff(data[:SNIFF_BYTES], extension)
    if found is None:
        raise PhotoError(f"{name}: {_unknown_content(data, expected(extension))}")
    return Source(
        data=data,
        size=len(data),
        mtime_ns=status.st_mtime_ns,
        format=found,
        fingerprint=fingerprint(data, found),
        remark=_remark(path, found, expected(extension)),
    )


def open_photo(root: bytes, path: bytes) -> BinaryIO:
    """Open the photo at `path`, relative to the photo folder `root`, to be read in parts.

    As careful as `read_photo`, but looks at none of its bytes. Whoever gets it closes it.

    Raises:
        PhotoError: it is no plain file, empty, or larger than `MAX_FILE_BYTES`.
        Unavailable: it is missing or cannot be read now.
    """
    return _reach(root, path, printable(path), _open_file)


class Sidecar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The XMP file beside a photo: its name, its stamp, and its bytes.

    `data` is empty where it is no plain file, larger than `MAX_SIDECAR_BYTES` or unreadable: its
    content is as good as absent, and it is never written to.
    """

    name: bytes
    stamp: int
    data: bytes


def read_sidecar(root: bytes, path: bytes) -> Sidecar | None:
    """Read the sidecar of the photo at `path`, as carefully as the photo; None if there is none.

    Raises:
        PhotoError: `path` leads out of `root`, or over a link.
        Unavailable: the folder is missing or cannot be read now, or the sidecar is being written.
    """
    with folder_of(root, path) as folder:
        return sidecar_in(folder, path.rpartition(b"/")[2])


def read_shared_sidecar(root: bytes, path: bytes) -> Sidecar | None:
    """Read the `NAME.xmp` that belongs to a RAW file, as `read_sidecar` reads `NAME.EXT.xmp`.

    Raises:
        PhotoError, Unavailable: as `read_sidecar`.
    """
    with folder_of(root, path) as folder:
        return _first_sidecar(folder, shared_sidecar_names(path.rpartition(b"/")[2]))


def sidecar_in(folder: int, photo: bytes) -> Sidecar | None:
    """Return the sidecar of the file `photo` in the folder with the descriptor `folder`."""
    return _first_sidecar(folder, sidecar_names(photo))


def _first_sidecar(folder: int, names: Iterable[bytes]) -> Sidecar | None:
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISDIR(status.st_mode):
                return Sidecar(
                    name, stamp(status.st_size, status.st_mtime_ns), _content(folder, name, status)
                )
    return None


def _content(folder: int, name: bytes, status: os.stat_result) -> bytes:
    if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= MAX_SIDECAR_BYTES:
        return b""
    try:
        data, read = _read_file(folder, name, printable(name))
    except (PermissionError, PhotoError):
        return b""
    if (read.st_size, read.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
        raise Unavailable(f"{printable(name)}: changed while it was read; it is read again")
    return data


def printable(path: bytes) -> str:
    """Return `path` for one line of a message: undecodable and control characters become U+FFFD."""
    return "".join(c if c.isprintable() else "\ufffd" for c in display_path(path))


def _reach(root: bytes, path: bytes, name: str, read: Callable[[int, bytes, str], T]) -> T:
    """Return what `read` makes of the folder's descriptor and the last part of `path`."""
    with folder_of(root, path) as folder:
        return read(folder, path.rpartition(b"/")[2], name)


@contextlib.contextmanager
def folder_of(root: bytes, path: bytes) -> Iterator[int]:
    """Give a descriptor of the folder that holds `path`, reached without following any link.

    Raises:
        PhotoError: `path` leads out of `root`, or over a link.
        Unavailable: anything else that the system refuses, in here or while it is held.
    """
    name = printable(path)
    try:
        folder = _open_folder(root, path, name)
        try:
            yield folder
        finally:
            os.close(folder)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise Unavailable(f"{name}: cannot be read now: {reason}") from error


def _open_folder(root: bytes, path: bytes, name: str) -> int:
    """Return a descriptor of the folder that holds `path`, reached without following any link."""
    *folders, last = path.split(b"/")
    if b"\0" in path or any(part in {b"", b".", b".."} for part in (*folders, last)):
        raise PhotoError(f"{name}: not a path inside the photo folder")
    here = os.open(root, _FOLDER_FLAGS & ~os.O_NOFOLLOW)
    for part in folders:
        try:
            there = os.open(part, _FOLDER_FLAGS, dir_fd=here)
        except OSError as error:
            # Linux answers ENOTDIR where O_DIRECTORY meets a link, ELOOP says POSIX.
            if error.errno in {errno.ELOOP, errno.ENOTDIR} and _is_link(part, here):
                raise PhotoError(
                    f"{name}: {printable(part)} is a symbolic link; Lantern does not follow links"
                ) from error
            raise
        finally:
            os.close(here)
        here = there
    return here


def _is_link(part: bytes, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)


def _open_file(folder: int, last: bytes, name: str) -> BinaryIO:
    # Looked at before it is opened, since opening a device can have effects; and again after,
    # since it may have been replaced in between.
    _expect_photo_file(os.stat(last, dir_fd=folder, follow_symlinks=False), name)
    file = open(os.open(last, _FILE_FLAGS, dir_fd=folder), "rb")  # noqa: SIM115 - handed on
    try:
        _expect_photo_file(os.fstat(file.fileno()), name)
    except BaseException:
        file.close()
        raise
    return file


def _read_file(folder: int, last: bytes, name: str) -> tuple[bytes, os.stat_result]:
    with _open_file(folder, last, name) as file:
        before = os.fstat(file.fileno())
        data = file.read(before.st_size + 1)  # one more, to notice that it grew
        after = os.fstat(file.fileno())
    if (len(data), after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise Unavailable(f"{name}: changed while it was read; it is read again when it rests")
    return data, after


def _expect_photo_file(status: os.stat_result, name: str) -> None:
    for is_kind, kind in _KINDS:
        if is_kind(status.st_mode):
            raise PhotoError(f"{name}: expected a plain file, found {kind}")
    if status.st_size == 0:
        raise PhotoError(f"{name}: empty file; copy it again from where it came")
    if status.st_size > MAX_FILE_BYTES:
        raise PhotoError(
            f"{name}: {status.st_size / 2**20:.0f} MiB, more than the {MAX_FILE_BYTES // 2**20} MiB"
            " that Lantern reads"
        )


def _unknown_content(data: bytes, promised: Format | None) -> str:
    wanted = f"expected {_article(promised)}" if promised else "expected a picture"
    return f"{wanted}, found {_kind_of_bytes(data)}; replace it with the original or remove it"


def _kind_of_bytes(data: bytes) -> str:
    head = data[:512]
    if not head.strip(b"\0"):
        return "only zero bytes, as an interrupted copy leaves them"
    if all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in head):
        return "text"
    return "none of the formats that Lantern reads"


def _article(picture_format: Format) -> str:
    vowel = picture_format in {Format.HEIF, Format.AVIF}
    return f"{'an' if vowel else 'a'} {picture_format}"


def _remark(path: bytes, found: Format, promised: Format | None) -> str | None:
    oddities = []
    if promised is not None and promised is not found:
        oddities.append(f"the content is {found} though the name says {promised}")
    try:
        if not path.decode("utf-8").isprintable():
            oddities.append("the name holds control characters")
    except UnicodeDecodeError:
        oddities.append("the name is not valid UTF-8")
    return "; ".join(oddities) or None
