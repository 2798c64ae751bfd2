"""Counts what Borg tells of files while it saves them. Pure.

Its list names the files that it read: "A" were not known, "M" had changed, "C" changed while they
were read, "E" could not be read [borg create, "Item flags"]. Those that vanished it does not tell:
they are what is missing from the number of all files.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from lantern.backup.report import Saved

_COUNTED = {"A": "new", "M": "changed", "C": "changed", "E": "unread"}


class Tally:
    """What was told until now; what lies below the folder `staged` is not counted."""

    def __init__(self, staged: str) -> None:
        self._staged = f"{staged.strip('/')}/"
        self.has_begun = False
        """The repository was opened, and files are looked at."""
        self.files = 0
        self.original_bytes = 0
        self.new = self.changed = self.unread = 0
        self.staged = 0

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take a line of Borg's log."""
        kind = told.get("type")
        if kind == "archive_progress" and not told.get("finished"):
            self.has_begun = True
            self.files = int(told.get("nfiles", 0))
            self.original_bytes = int(told.get("original_size", 0))
        elif kind == "file_status":
            self._count(str(told.get("status")), str(told.get("path")))

    def _count(self, status: str, path: str) -> None:
        if path.strip("/").startswith(self._staged):
            self.staged += 1
        elif counter := _COUNTED.get(status):
            setattr(self, counter, getattr(self, counter) + 1)


class Made(msgspec.Struct, frozen=True):
    """What Borg tells at the end of the archive that it made: counts and bytes are its own."""

    archive: _Archive
    repository: _Repository
    cache: _Cache | None = None

    @property
    def stored_bytes(self) -> int | None:
        """Return the bytes that all archives take, None if that is not told."""
        return self.cache.stats.unique_csize if self.cache else None


class _Stats(msgspec.Struct, frozen=True):
    nfiles: int
    original_size: int
    compressed_size: int
    deduplicated_size: int


class _Archive(msgspec.Struct, frozen=True):
    name: str
    stats: _Stats


class _Repository(msgspec.Struct, frozen=True):
    id: str


class _CacheStats(msgspec.Struct, frozen=True):
    unique_csize: int


class _Cache(msgspec.Struct, frozen=True):
    stats: _CacheStats


def made(out: bytes) -> Made | None:
    """Return what Borg told in `out`, its standard output; None if there was no archive made."""
    for told in _objects(out):
        with contextlib.suppress(msgspec.ValidationError):
            return msgspec.convert(told, Made)
    return None


def kept(out: bytes) -> int | None:
    """Return how many archives were kept, as Borg told in `out`; None if it did not come so far."""
    said = (str(told.get("message")) for told in _objects(out) if told.get("name") == _LIST)
    return sum(text.startswith("Keeping archive") for text in said) or None


_LIST = "borg.output.list"
"""Borg's logger for lists."""


def _objects(out: bytes) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in `out`, borgmatic's and Borg's, of one line and of many."""
    text = out.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            told, end = decoder.raw_decode(text, start)
        except ValueError:
            told, end = {}, start + 1
        yield told
        start = text.find("{", end)


def saved(made: Made, tally: Tally, staged: int, before: Saved | None, *, knew: bool) -> Saved:
    """Return what an archive holds, with `staged` copies in it that are no files of the owner's.

    `before` is the archive before it, None for the first. Without its cache of files (not `knew`)
    Borg takes all for new: then there is only the difference to tell.
    """
    stats = made.archive.stats
    files = max(0, stats.nfiles - staged)
    had = before.files if before else 0
    new, changed = tally.new, tally.changed
    if not knew and before:
        new, changed = max(0, files - had), 0
    return Saved(
        archive=made.archive.name,
        files=files,
        new=new,
        changed=changed,
        gone=max(0, had + new - files) if before else 0,
        unread=tally.unread,
        original_bytes=stats.original_size,
        compressed_bytes=stats.compressed_size,
        deduplicated_bytes=stats.deduplicated_size,
    )
