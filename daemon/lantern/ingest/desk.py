"""What the services of this room share: the catalog, its thread, and how they wake each other."""

from __future__ import annotations

from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.supervise import Hint, Noticeboard, OneThread


class Desk:
    """Shared by reference; every call of `catalog` and `thumbnails` goes through `writer`."""

    def __init__(self, catalog: Catalog, thumbnails: ThumbnailStore) -> None:
        self.catalog = catalog
        self.thumbnails = thumbnails
        self.writer = OneThread()
        self.noticeboard = Noticeboard()
        self.arrived = Hint()
        """Given when files ask for work."""
        self.revised = Hint()
        """Given when the index has something to take."""
