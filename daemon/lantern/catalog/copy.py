"""A copy of the catalog, such as lies in a backup: whether it is whole, what it says of files."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from lantern.catalog.live import READ_ONLY_IMMUTABLE, is_damage, uri_of
from lantern.catalog.records import joined
from lantern.catalog.state import State
from lantern.errors import Damaged, Unavailable
from lantern.imaging.formats import Format
from lantern.model import Fingerprint, PhotoId


class KnownFile(msgspec.Struct, frozen=True):
    """What the catalog knows of a file that was described; `path` is relative to the photo root."""

    path: bytes
    format: Format
    size: int
    mtime_ns: int
    fingerprint: Fingerprint
    photo: PhotoId


def known_files(copy: Path) -> list[KnownFile]:
    """Return every described file of the catalog at `copy`, after examining all of it.

    Raises:
        Damaged: it is no whole catalog.
        Unavailable: it cannot be read.
    """
    uri = uri_of(copy, READ_ONLY_IMMUTABLE)
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise Damaged(f"{copy.name}: {found}")
            rows = connection.execute(
                "SELECT folder, name, format, size, mtime_ns, fingerprint, photo.id"
                " FROM file JOIN photo ON photo.id = photo_id WHERE state = ?",
                (State.CAPTIONED,),
            ).fetchall()
    except sqlite3.DatabaseError as error:
        if is_damage(error) or "no such table" in str(error):
            raise Damaged(f"{copy.name}: {error}") from error
        raise Unavailable(f"{copy.name}: cannot be read ({error})") from error
    return [_known(*row) for row in rows]


def forget_indexes(copy: Path) -> None:
    """Have the catalog at `copy`, which nobody uses, take every search index for a stranger.

    An index that is there may know photos that this catalog never met, under the same numbers.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        with contextlib.closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute("DELETE FROM setting WHERE key IN ('index', 'server')")
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"{copy.name}: cannot be written ({error}); look at the disk") from error


def _known(folder: bytes, name: bytes, kind: str, *rest: Any) -> KnownFile:
    return KnownFile(joined(folder, name), Format(kind), *rest)
