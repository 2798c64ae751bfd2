"""Read folders: names and times, never contents. The scan is the authority on what is there.

Follows no symbolic link to a folder, so it can neither leave the root nor run in circles. A link
with a photo's name is listed as a file; the worker refuses it with a reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from lantern.catalog.store import Found
from lantern.imaging.replace import is_temporary
from lantern.imaging.sidecar import (
    joint_stamp,
    photo_name_of_sidecar,
    shared_sidecar_names,
    sidecar_names,
    stamp,
)
from lantern.ingest.ignore import is_ignored_folder, is_photo_name


class Listing(msgspec.Struct, frozen=True):
    """What a folder holds: its files that may be photos, and its subfolders, by their paths.

    `has_leftovers` tells of a file that Lantern began to write: it was killed, or it is at it.
    """

    folder: bytes
    files: tuple[Found, ...]
    subfolders: tuple[bytes, ...]
    has_leftovers: bool = False


class Unreadable(msgspec.Struct, frozen=True):
    """A folder that could not be read: nothing is known of what lies below it."""

    folder: bytes
    reason: str


def list_folder(root: bytes, folder: bytes) -> Listing:
    """Return what `folder`, relative to `root`, holds.

    Raises:
        OSError: it is missing, no folder, or cannot be read.
    """
    photos: dict[bytes, os.stat_result] = {}
    sidecars: dict[bytes, os.stat_result] = {}
    subfolders, has_leftovers = [], False
    with os.scandir(os.path.join(root, folder) if folder else root) as entries:
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if not is_ignored_folder(name):
                    subfolders.append(os.path.join(folder, name))
                continue
            if is_photo_name(name):
                found = photos
            elif photo_name_of_sidecar(name) is not None:
                found = sidecars
            else:
                has_leftovers |= is_temporary(name)
                continue
            try:
                found[name] = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # it went meanwhile
                continue
    files = [
        Found(name, stat.st_size, stat.st_mtime_ns, _stamp(name, sidecars))
        for name, stat in photos.items()
    ]
    return Listing(folder, tuple(files), tuple(subfolders), has_leftovers)


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


def _stamp(name: bytes, sidecars: Mapping[bytes, os.stat_result]) -> int:
    """Return the stamp of the sidecars of the photo `name`, or 0."""
    if not sidecars:
        return 0
    own, shared = (
        _first_stamp(names, sidecars) for names in (sidecar_names(name), shared_sidecar_names(name))
    )
    return joint_stamp(own, shared)


def _first_stamp(names: Iterable[bytes], sidecars: Mapping[bytes, os.stat_result]) -> int:
    stats = (sidecars.get(name) for name in names)
    return next((stamp(stat.st_size, stat.st_mtime_ns) for stat in stats if stat), 0)
