"""What the services of this room share: the catalog, its thread, and how they wake each other."""

from __future__ import annotations

import anyio

from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.errors import StateUnavailable
from lantern.imaging.source import printable
from lantern.noticeboard import Noticeboard
from lantern.supervise import OneThread
from lantern.waiting import Hint, pause

STATE_RETRY_S = 10.0


class Desk:
    """Shared by reference; every call of `catalog` and `thumbnails` goes through `writer`."""

    def __init__(self, catalog: Catalog, thumbnails: ThumbnailStore) -> None:
        self.catalog = catalog
        self.thumbnails = thumbnails
        self.writer = OneThread()
        self.noticeboard = Noticeboard()
        self.disk = anyio.Lock()
        """Held while Lantern changes a photo, and while a folder is compared with the catalog."""
        self.torn: set[bytes] = set()
        """Folders in which a worker may have left what it began to write: a scan tidies them."""
        self.arrived = Hint()
        """Given when files ask for work."""
        self.ungrouped = Hint()
        """Given when photos may belong to other groups than they do."""
        self.revised = Hint(self.ungrouped)
        """Given when the index has something to take."""
        self.indexed = Hint()
        """Given when the embedded index took something: the search server is next."""
        self.idle = Hint()
        """Given when no file asks for work: there is nothing to gather for."""

    async def state_fault(self, error: StateUnavailable) -> None:
        """Report that Lantern's own files cannot be written, and give them time to heal."""
        self.noticeboard.post("state", str(error))
        await pause(STATE_RETRY_S)

    def state_written(self) -> None:
        """Note that Lantern's own files can be written."""
        self.noticeboard.clear("state")


def without_name(error: Exception, path: bytes) -> str:
    """Return the reason alone: it is kept beside the file's name."""
    return str(error).removeprefix(f"{printable(path)}: ")
