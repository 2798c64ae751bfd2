"""Read folders: names and times, never contents. The scan is the authority on what is there.

Follows no symbolic link to a folder, so it can neither leave the root nor run in circles. A link
with a photo's name is listed as a file; the worker refuses it with a reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec

from lantern.catalog.store import Found
from lantern.ingest.ignore import is_ignored_folder, is_photo_name


class Listing(msgspec.Struct, frozen=True):
    """What a folder holds: its files that may be photos, and its subfolders, by their paths."""

    folder: bytes
    files: tuple[Found, ...]
    subfolders: tuple[bytes, ...]


class Unreadable(msgspec.Struct, frozen=True):
    """A folder that could not be read: nothing is known of what lies below it."""

    folder: bytes
    reason: str


def list_folder(root: bytes, folder: bytes) -> Listing:
    """Return what `folder`, relative to `root`, holds.

    Raises:
        OSError: it is missing, no folder, or cannot be read.
    """
    files, subfolders = [], []
    with os.scandir(os.path.join(root, folder) if folder else root) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not is_ignored_folder(entry.name):
                    subfolders.append(os.path.join(folder, entry.name))
            elif is_photo_name(entry.name):
                found = _found(entry)
                if found is not None:
                    files.append(found)
    return Listing(folder, tuple(files), tuple(subfolders))


def walk(root: bytes, top: bytes = b"") -> Iterator[Listing | Unreadable]:
    """Yield every folder from `top` down; one that vanishes meanwhile is left out.

    Raises:
        OSError: `top` itself is missing, no folder, or cannot be read.
    """
    listing = list_folder(root, top)
    yield listing
    waiting = list(listing.subfolders)
    while waiting:
        folder = waiting.pop()
        try:
            listing = list_folder(root, folder)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            yield Unreadable(folder, os.strerror(error.errno or 0))
            continue
        yield listing
        waiting.extend(listing.subfolders)


def _found(entry: os.DirEntry[bytes]) -> Found | None:
    try:
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Found(entry.name, stat.st_size, stat.st_mtime_ns)
