"""What people say of a photo through Lantern: keep it, have it searched and written at once.

Owns no loop: it wakes the others. A person waits for the answer, so it tells of the files what can
be told within `PATIENCE_S`, or less.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import anyio

from lantern.catalog.correction import cleaned
from lantern.catalog.records import Carrying
from lantern.catalog.state import State
from lantern.catalog.summary import CaptionedFile
from lantern.errors import PhotoError, Unavailable
from lantern.imaging.source import printable
from lantern.ingest.desk import Desk
from lantern.model import PhotoId

PATIENCE_S = 3.0
POLL_S = 0.03


class Said(NamedTuple):
    """What is shown of a photo now, whether a person says it, and what its files carry.

    `replaced` is what another program had written for a person into the file that was named.
    """

    photo: PhotoId
    sentence: str
    by_human: bool
    files: tuple[CaptionedFile, ...]
    replaced: str | None


class Corrector:
    """Takes what people say; any task may call it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def say(
        self,
        photo: PhotoId,
        sentence: str,
        named: bytes | None = None,
        *,
        patience_s: float = PATIENCE_S,
    ) -> Said:
        """Let `sentence` stand for `photo`, or what was there before it if it is empty.

        The file at the path `named`, the first if None, may lose what it says in a person's name.
        Files get `patience_s` to be written before the answer.

        Raises:
            PhotoError: the sentence is none, or there is no such photo, or nothing to take back.
            StateUnavailable: it cannot be written down.
        """
        captions = self._desk.catalog.captions
        before = {file.path: file for file in await self._files(photo)}
        replaced = None
        if sentence:
            said = cleaned(sentence)
            replaced = await self._desk.writer(captions.correct, photo, said, time.time(), named)
        else:
            await self._desk.writer(captions.withdraw, photo, time.time())
        self._desk.revised.give()
        self._desk.idle.give()  # whoever gathers photos for the index: this one goes at once
        self._desk.arrived.give()
        after = await self._written(photo, patience_s)
        record = await self._desk.writer(self._desk.catalog.read.photo, photo, hidden=True)
        if record is None:
            raise PhotoError(f"photo {photo}: it was removed just now")
        files = tuple(
            _told(before.get(file.path), file, self._desk.catalog.writing.policy) for file in after
        )
        return Said(photo, record.sentence, record.by_human, files, replaced)

    async def photo_at(self, path: bytes) -> PhotoId:
        """Return the photo in the file at `path`, relative to the photo root.

        Raises:
            PhotoError: Lantern knows no such file, or could not describe it.
            Unavailable: it is not described yet.
        """
        file = await self._desk.writer(self._desk.catalog.read.file_at, path)
        name = printable(path)
        if file is None:
            raise PhotoError(
                f"{name}: not in the catalog, looked for below the photo folder; is it a photo?"
            )
        if file.photo is not None:
            return file.photo
        if file.state is State.FAILED:
            raise PhotoError(f"{name}: not described: {file.reason}")
        raise Unavailable(f"{name}: not described yet; try again when it is")

    async def _files(self, photo: PhotoId) -> Sequence[Carrying]:
        return await self._desk.writer(self._desk.catalog.read.carrying, photo)

    async def _written(self, photo: PhotoId, patience_s: float) -> Sequence[Carrying]:
        """Return the photo's files when each was tried, or patience ends."""
        files = await self._files(photo)
        with anyio.move_on_after(patience_s):
            while any(file.waiting and not file.reason for file in files):
                await anyio.sleep(POLL_S)
                files = await self._files(photo)
        return files


def _told(before: Carrying | None, file: Carrying, policy: str) -> CaptionedFile:
    if policy == "off":
        return CaptionedFile(file.path, "nowhere", 'captions.write is "off"')
    if file.waiting and file.reason:
        return CaptionedFile(file.path, "catalog", file.reason)
    if file.waiting:
        return CaptionedFile(file.path, "nowhere", "not yet: it is written soon")
    if file.carried is None and not _restored(before, file):
        kept = file.human is not None
        return CaptionedFile(
            file.path, "kept" if kept else "nowhere", file.human or "it is being read; try again"
        )
    beside = file.sidecar and (before is None or before.sidecar != file.sidecar)
    return CaptionedFile(file.path, "sidecar" if beside else "photo")


def _restored(before: Carrying | None, file: Carrying) -> bool:
    return before is not None and before.carried is not None and before.replaced == file.human
