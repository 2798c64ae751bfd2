"""A playlist over a real catalog, index and photo folder, with a clock and a disk to play with."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import anyio

from lantern import config
from lantern.caption.protocol import Delayed, Refused, Render
from lantern.caption.worker import Worker
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.errors import PhotoError, Unavailable
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.playlist import Playlist
from lantern.kiosk.slides import Slides
from lantern.noticeboard import Noticeboard
from lantern.search.embedded import EmbeddedReader
from support.odd_worker import PlainCaptioner
from support.shelf import Shelf

T = TypeVar("T")


class Evening:
    """What a playlist needs, below `folder`.

    `unmounted` lets no photo be read; each picture takes `slow_s` seconds more than it must.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shelf = Shelf(folder)
        self.films = folder / "films"
        self.films.mkdir()
        self.board = Noticeboard()
        self.size = (800, 600)
        self.now: datetime.datetime | None = datetime.datetime(2026, 11, 21, 12)
        self.unmounted = False
        self.slow_s = 0.0
        self.rendered: list[str] = []
        self.withdrawn: list[str] = []
        self._worker = Worker(os.fsencode(self.shelf.root), PlainCaptioner())

    def gallery(self) -> Gallery:
        catalog = self.folder / "catalog.sqlite3"
        return Gallery(
            CatalogReader.open(catalog),
            SimilarityReader.open(catalog),
            EmbeddedReader(self.folder / "index"),
        )

    def playlist(
        self, programmes: dict[str, dict[str, object]], *, times: dict[str, str] | None = None
    ) -> Playlist:
        """Return a playlist that begins with the first of `programmes`."""
        described = {name: config.Programme(**options) for name, options in programmes.items()}
        chance = itertools.count(1)
        return Playlist(
            self.gallery(),
            Slides(self.folder / "pictures", self._render, lambda: self.size),
            show=config.Show(programme=next(iter(described), ""), times=times or {}),
            programmes=described,
            clock=lambda: self.now,
            board=self.board,
            memory=self.folder / "programmes.json",
            draw=lambda: next(chance),
            withdraw=lambda work: self.withdrawn.append(work.name),
        )

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Publish what is added to the shelf within by one commit."""
        publish = self.shelf.publish
        self.shelf.publish = lambda: None  # type: ignore[method-assign]
        yield
        self.shelf.publish = publish  # type: ignore[method-assign]
        publish()

    def dogs(self, count: int) -> set[str]:
        """Put so many photos of dogs, called by their numbers, and return their names."""
        with self.at_once():
            for number in range(count):
                self.shelf.add(f"{number}.jpg", "a dog")
        return {f"{number}.jpg" for number in range(count)}

    def film(self, name: str) -> Path:
        """Put a film that was copied long ago."""
        path = self.films / name
        path.write_bytes(b"film")
        os.utime(path, (1e9, 1e9))
        return path

    def close(self) -> None:
        self.shelf.close()

    async def _render(self, path: bytes, width: int, height: int) -> bytes:
        if self.unmounted:
            raise Unavailable(f"{os.fsdecode(path)}: cannot be read now: no such file or directory")
        self.rendered.append(os.fsdecode(path))
        await anyio.sleep(self.slow_s)
        match self._worker.answer(Render(path, width, height)):
            case Refused(reason):
                raise PhotoError(reason)
            case Delayed(reason):
                raise Unavailable(reason)
            case made:
                return made.picture


def during(playlist: Playlist, play: Callable[[], Awaitable[T]]) -> T:
    """Return what `play` returns while `playlist` runs."""

    async def within() -> T:
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(playlist.run)
                result = await play()
                group.cancel_scope.cancel()
        return result

    return anyio.run(within)
