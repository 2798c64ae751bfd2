"""What results need of photos, read from the catalog once while that stays as it is.

The next key finds most of the photos that the one before it found, and other visitors find the
best ones, too.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from lantern.catalog.reader import CatalogReader
from lantern.catalog.shown import Shown
from lantern.model import PhotoId
from lantern.web.reading import words_of

T = TypeVar("T")

MOST = 4096
"""Photos that are remembered, in about two megabytes: two in three are asked for again."""

MOST_READ = 256
"""Photos whose words are: some two kilobytes each, and a search with errors looks at four."""


class RememberedPhotos:
    """Answers as `CatalogReader.shown` does, and tells words of photos. Safe between threads."""

    def __init__(self, catalog: CatalogReader, *, hidden: bool = False) -> None:
        self._catalog = catalog
        self._hidden = hidden
        self._since = self._begin(None)

    def __call__(self, ids: Sequence[PhotoId]) -> list[Shown]:
        """Return the photos of `ids` that a file holds, in their order."""
        version = self._catalog.version()  # before they are read: none is older than it
        since = self._since
        if version != since.version:
            since = self._since = self._begin(version)
        return since.shown.of(ids)

    def words(self, ids: Sequence[PhotoId]) -> list[list[str]]:
        """Return the words by which the photos of `ids` are found, in their order.

        They are at least as new as the photos that the last call returned.
        """
        return self._since.words.of(ids)

    def _begin(self, version: object) -> _Since:
        return _Since(version, _Memory(MOST, self._look_at), _Memory(MOST_READ, self._read))

    def _look_at(self, ids: Sequence[PhotoId]) -> Iterable[tuple[PhotoId, Shown]]:
        return ((shown.id, shown) for shown in self._catalog.shown(ids, hidden=self._hidden))

    def _read(self, ids: Sequence[PhotoId]) -> Iterable[tuple[PhotoId, list[str]]]:
        records = self._catalog.photos(ids, hidden=self._hidden)
        return ((record.id, words_of(record)) for record in records)


class _Memory(Generic[T]):
    """What `read` returned of `most` photos: those go that were asked for the longest time ago."""

    def __init__(
        self, most: int, read: Callable[[Sequence[PhotoId]], Iterable[tuple[PhotoId, T]]]
    ) -> None:
        self._most = most
        self._read = read
        self._lock = threading.Lock()
        self._known: OrderedDict[PhotoId, T] = OrderedDict()

    def of(self, ids: Sequence[PhotoId]) -> list[T]:
        """Return what is known of `ids`, in their order."""
        found = self._recall(ids)
        if missing := [photo for photo in ids if photo not in found]:
            read = dict(self._read(missing))
            self._remember(read)
            found |= read
        return [found[photo] for photo in ids if photo in found]

    def _recall(self, ids: Sequence[PhotoId]) -> dict[PhotoId, T]:
        with self._lock:
            known = self._known
            found = {photo: known[photo] for photo in ids if photo in known}
            for photo in found:
                known.move_to_end(photo)
            return found

    def _remember(self, read: dict[PhotoId, T]) -> None:
        with self._lock:
            self._known |= read
            while len(self._known) > self._most:
                self._known.popitem(last=False)


class _Since(NamedTuple):
    """What was read since the catalog was of this version."""

    version: object
    shown: _Memory[Shown]
    words: _Memory[list[str]]
