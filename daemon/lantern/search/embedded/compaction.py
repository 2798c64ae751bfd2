"""The same index written once more, into a few large segments.

Each search pays for each segment it looks into, about as much for 500 photos as for 50,000. The
engine joins eight segments of like size, and all that are smaller than 17,000 photos are of like
size to it [tantivy, `LogMergePolicy`]. So eight equal commits end as one segment; what came in by
and by, as a dozen. What is written here is a new generation's folder, which readers do not see
before all is there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tantivy

from lantern.errors import Unavailable
from lantern.search.document import Document
from lantern.search.embedded import folder as disk
from lantern.search.embedded.fields import SCHEMA, VERSION, opened, rendered

HEAP_BYTES = 30_000_000
"""Memory for documents not yet written: some 16,000, so that 130,000 photos make one segment."""

TOGETHER = 8
"""Segments of like size that the engine joins."""

LARGEST = 14_000
"""Photos in one commit, which are to be one segment: they must fit into `HEAP_BYTES`."""


class Compaction:
    """See `lantern.search.port.Compaction`; raises `Unavailable`, too, when it is begun.

    `photos` are about as many as will come, `took` is told the name of what takes the place of
    `generation`.
    """

    def __init__(
        self, folder: Path, generation: str, photos: int, took: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._took = took
        self._each = commit_of(photos)
        self._added = 0
        try:
            self._fresh = disk.new_generation(folder, disk.compacted(generation, photos))
            tantivy.Index(SCHEMA, path=str(self._fresh))
            self._writer: Any = opened(self._fresh).writer(HEAP_BYTES, 1)
        except (ValueError, OSError) as error:
            raise self._failed(error) from error

    def add(self, documents: Sequence[Document]) -> None:
        """See `Compaction.add`."""
        try:
            for document in documents:
                self._writer.add_document(rendered(document))
                self._added += 1
                if self._added % self._each == 0:
                    self._writer.commit()
        except (ValueError, OSError) as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """See `Compaction.finish`; it takes as long as it takes to join all segments."""
        try:
            self._writer.commit()
            self._writer.wait_merging_threads()
            disk.open_to_readers(self._folder, self._fresh.name)
            disk.make_current(self._folder, self._fresh.name, VERSION)
        except (ValueError, OSError) as error:
            raise self._failed(error) from error
        self._took(self._fresh.name)

    def drop(self) -> None:
        """See `Compaction.drop`."""
        self._writer = None  # lets go of the engine's own lock, heap and threads
        current = disk.read_current(self._folder)
        if current is not None and current.generation == self._fresh.name:
            self._took(self._fresh.name)  # also where what it replaced could not be removed
        else:  # threads that join segments may still write: the next start removes what they leave
            shutil.rmtree(self._fresh, ignore_errors=True)

    def _failed(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"search index {self._folder}: could not be written anew in fewer files ({error}); "
            "look for a full or failing disk"
        )


def commit_of(photos: int) -> int:
    """Return how many of `photos` make one commit, so that the fewest segments come of it."""
    times = -(-photos // (TOGETHER * LARGEST))
    return max(-(-photos // (TOGETHER * max(times, 1))), 1)
