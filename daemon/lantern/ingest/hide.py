"""Hide photos from visitors, or show them again, as the owner says: at once, in every engine."""

from __future__ import annotations

import time
from typing import NamedTuple

from lantern import log
from lantern.errors import PhotoError
from lantern.imaging.source import printable
from lantern.ingest.desk import Desk
from lantern.model import PhotoId


class Standing(NamedTuple):
    """Whether a photo is hidden now, and the files that hold it, copies included."""

    photo: PhotoId
    hidden: bool
    files: tuple[bytes, ...]


class Hider:
    """Owns no loop: it wakes those who tell the indexes. Any task may call it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def hide(self, photo: PhotoId, *, hidden: bool) -> Standing:
        """Hide `photo`, or show it again; harmless if it is so already.

        Raises:
            PhotoError: there is no such photo, or no file holds it.
            StateUnavailable: it cannot be written down.
        """
        record = await self._desk.writer(self._desk.catalog.read.photo, photo, hidden=True)
        if record is None:
            raise PhotoError(f"photo {photo}: there is none; it may have been removed since")
        hiding = self._desk.catalog.hiding
        await self._desk.writer(hiding.hide if hidden else hiding.show, photo, time.time())
        self._desk.revised.give()
        self._desk.idle.give()  # whoever gathers photos for the index: this one goes at once
        files = tuple(file.path for file in record.files)
        log.info("photo hidden" if hidden else "photo shown again", photo=printable(files[0]))
        return Standing(photo, hidden, files)
