"""The writing side of the embedded index.

The engine's index and its writer live for one commit: between commits the daemon holds neither heap
nor threads, and a failed write poisons nothing. (An index that stays open takes 1 to 2 kB more with
each commit, for good.)
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

import tantivy

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.embedded import folder as disk
from lantern.search.embedded.compaction import Compaction
from lantern.search.embedded.fields import SCHEMA, VERSION, opened, rendered, with_ids
from lantern.search.embedded.integrity import LIST, check, files_of

HEAP_BYTES = 20_000_000
"""Memory for documents not yet written; the engine's least is 15 MB, and a small Pi has 2 GB."""

FEW = 10_000
"""Photos that any number of segments is fast enough for."""

_M_ARENA_MAX, _ARENAS = -8, 2
"""Each commit is made by new threads, to which glibc gives heaps of their own that keep what was
freed: after hours 250 MB of nothing, of two heaps 40. [malloc.h; mallopt(3)]"""

_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 128 * 1024
"""Larger blocks are mapped by themselves and gone once they are freed: of 40 MB of nothing 2 stay.
glibc begins with this limit, but raises it to the size of what is freed, up to 32 MB. A commit's
blocks of 1 MB then lie in the heaps, and where something small that stays, such as a page of
SQLite's cache, gets a place among them, the next commit's go behind. [mallopt(3)]"""


class EmbeddedIndex:
    """The `SearchIndex` in a folder; `open` it."""

    def __init__(self, folder: Path, lock: int, generation: str) -> None:
        self._folder = folder
        self._lock: int | None = lock
        self._generation = generation

    @classmethod
    def open(cls, folder: Path) -> EmbeddedIndex:
        """Open the index in `folder` for writing, making it where there is none.

        What cannot be read, or is of another version, is replaced by an empty index of a new
        generation: the index is disposable.

        Raises:
            Unavailable: another process holds it, or the folder cannot be written.
        """
        _keep_heaps_small()
        lock = disk.lock(folder)
        try:
            generation = _usable(folder) or _begin(folder)
            disk.remove_all_but(folder, generation)
        except BaseException:
            os.close(lock)
            raise
        return cls(folder, lock, generation)

    def apply(self, upserts: Sequence[Document], deletions: Sequence[PhotoId] = ()) -> None:
        """See `SearchIndex.apply`."""
        if not upserts and not deletions:
            return
        try:
            self._commit(upserts, deletions)
        except (ValueError, OSError) as error:
            self._begin_anew_if_damaged()
            raise Unavailable(
                f"search index {self._folder}: {len(upserts)} photos could not be written "
                f"({error}); look for a full or failing disk"
            ) from error

    def clear(self) -> None:
        """See `SearchIndex.clear`."""
        self._generation = _begin(self._folder)

    def count(self) -> int:
        """See `SearchIndex.count`."""
        return int(opened(self._folder / self._generation).searcher().num_docs)

    def generation(self) -> str:
        """See `SearchIndex.generation`."""
        return disk.identity_of(self._generation)

    def is_scattered(self) -> bool:
        """See `LocalIndex.is_scattered`."""
        before = disk.compacted_at(self._generation)
        try:
            photos = self.count()
        except (ValueError, OSError) as error:
            raise Unavailable(
                f"search index {self._folder}: cannot be read ({error}); restart Lantern, which "
                "makes a new one"
            ) from error
        return photos >= FEW and abs(photos - before) > before // 4

    def compaction(self) -> Compaction:
        """See `LocalIndex.compaction`."""
        return Compaction(self._folder, self._generation, self.count(), self._is_now)

    def _is_now(self, generation: str) -> None:
        self._generation = generation

    def close(self) -> None:
        """See `SearchIndex.close`."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _commit(self, upserts: Sequence[Document], deletions: Sequence[PhotoId]) -> None:
        writer = opened(self._folder / self._generation).writer(HEAP_BYTES, 1)
        try:
            latest = {document.id: document for document in upserts}
            writer.delete_documents_by_query(with_ids([*deletions, *latest]))
            for document in latest.values():
                writer.add_document(rendered(document))
            writer.commit()
            disk.open_to_readers(self._folder, self._generation)
            writer.wait_merging_threads()
            disk.open_to_readers(self._folder, self._generation)
        finally:
            del writer  # lets go of the engine's own lock, though an error may hold this frame

    def _begin_anew_if_damaged(self) -> None:
        if _usable(self._folder) is None:
            self._generation = _begin(self._folder)


def _keep_heaps_small() -> None:
    """Have all threads of this process share a few heaps of small blocks; nothing beside glibc."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def _usable(folder: Path) -> str | None:
    """Return the current generation, None where there is none that works."""
    current = disk.read_current(folder)
    if current is None or current.version != VERSION:
        return None
    generation = folder / current.generation
    try:
        check(files_of((generation / LIST).read_bytes(), generation))
        opened(generation)
    except (ValueError, OSError):
        return None
    return current.generation


def _begin(folder: Path) -> str:
    """Make an empty index of a new generation current, and return it."""
    try:
        fresh = disk.new_generation(folder)
        tantivy.Index(SCHEMA, path=str(fresh))
        disk.make_current(folder, fresh.name, VERSION)
        disk.open_to_readers(folder, fresh.name)
    except (ValueError, OSError) as error:
        raise Unavailable(
            f"search index {folder}: a new one could not be made ({error}); "
            "look for a full or failing disk"
        ) from error
    return fresh.name
