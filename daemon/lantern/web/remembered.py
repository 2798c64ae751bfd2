"""What the grid shows of photos, read from the catalog once while that stays as it is.

The next key finds most of the photos that the one before it found, and other visitors find the
best ones, too.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from lantern.catalog.reader import CatalogReader
from lantern.catalog.shown import Shown
from lantern.model import PhotoId

MOST = 2048
"""Photos that are remembered, in about a megabyte: two in three are asked for again."""


class RememberedPhotos:
    """Answers as `CatalogReader.shown` does. Safe between threads."""

    def __init__(self, catalog: CatalogReader, *, hidden: bool = False) -> None:
        self._catalog = catalog
        self._hidden = hidden
        self._lock = threading.Lock()
        self._version: object = None
        self._known: OrderedDict[PhotoId, Shown] = OrderedDict()

    def __call__(self, ids: Sequence[PhotoId]) -> list[Shown]:
        """Return the photos of `ids` that a file holds, in their order."""
        version = self._catalog.version()  # before they are read: none is older than it
        known = self._recall(ids, version)
        missing = [photo for photo in ids if photo not in known]
        if missing:
            read = self._catalog.shown(missing, hidden=self._hidden)
            known |= {shown.id: shown for shown in read}
            self._remember(read, version)
        return [known[photo] for photo in ids if photo in known]

    def _recall(self, ids: Sequence[PhotoId], version: object) -> dict[PhotoId, Shown]:
        with self._lock:
            if version != self._version:
                self._version = version
                self._known.clear()
            found = {photo: self._known[photo] for photo in ids if photo in self._known}
            for photo in found:
                self._known.move_to_end(photo)
            return found

    def _remember(self, read: Sequence[Shown], version: object) -> None:
        with self._lock:
            if version == self._version:
                self._known |= {shown.id: shown for shown in read}
                while len(self._known) > MOST:
                    self._known.popitem(last=False)
