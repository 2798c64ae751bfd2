"""Make what is on the bill ready to be played: a photo's slide, and whether a work is still there.

What cannot be made ready raises; `playlist` decides what is played instead.
"""

from __future__ import annotations

from collections import deque

import anyio

from lantern.errors import PhotoError, Unavailable
from lantern.kiosk.bill import Item, key_of, name_of
from lantern.kiosk.films import Film
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.slides import KEPT, Slides
from lantern.kiosk.trail import Shown
from lantern.kiosk.works import Work
from lantern.supervise import OneThread


class Readiness:
    """Readies works by `slides`; of photos, what `gallery` says now, read in the thread `reading`.

    Photos that were made ready last are remembered, for when no other can be.
    """

    def __init__(self, gallery: Gallery, slides: Slides, reading: OneThread) -> None:
        self._gallery, self._slides, self._reading = gallery, slides, reading
        self._slid: deque[Shown] = deque(maxlen=KEPT // 2)

    @property
    def trouble(self) -> str:
        """Return why no slides can be made, "" if they can."""
        return self._slides.trouble

    async def made(self, item: Item) -> Shown:
        """Return `item` ready to be played.

        Raises:
            PhotoError: never will it be.
            WorkerLost: it cost a worker.
            Unavailable: not now.
        """
        name = name_of(item)
        if isinstance(item, Film):
            return Shown(Work(name, item.path, still=False), key_of(item))
        slide = await self._slides.make(item.fingerprint, [file.path for file in item.files])
        work = Work(name, str(slide), still=True, sentence=item.sentence)
        shown = Shown(work, key_of(item), item.id, item.fingerprint)
        self._slid = deque((one for one in self._slid if one.key != shown.key), self._slid.maxlen)
        self._slid.append(shown)
        return shown

    async def again(self, shown: Shown) -> Shown | None:
        """Return what was handed out before, as it is now; None if it cannot be played."""
        if not shown.photo:
            return shown if await anyio.Path(shown.work.path).exists() else None
        try:
            record = await self._reading(self._gallery.photo, shown.photo, (shown.photo,))
            return await self.made(record) if record else None
        except (PhotoError, Unavailable):
            return None

    async def at_hand(self) -> Shown | None:
        """Return a photo whose slide is still there, while no other can be made."""
        for _ in range(len(self._slid) if self.trouble else 0):
            self._slid.rotate(-1)
            if await anyio.Path(self._slid[-1].work.path).exists():
                return self._slid[-1]
        return None

    async def forget(self, shown: Shown) -> None:
        """Take the slide of a photo away that is not to be seen any more."""
        await self._slides.forget(shown.fingerprint)

    def begin_anew(self) -> None:
        """Remember none of what was made ready: something else is on."""
        self._slid.clear()
