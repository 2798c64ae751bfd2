"""The pictures that the player shows of photos: as large as the screen, upright, JPEG.

Owns a folder, in memory as a rule, and keeps few in it. A name says of which picture a slide is and
how large, so one that is there already is not made again. Whatever else lies there is left alone.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import anyio

from lantern.errors import PhotoError, StateUnavailable, Unavailable
from lantern.model import Fingerprint
from lantern.supervise import OneThread

KEPT = 16
"""A megabyte or so each."""

PATIENCE_S = 20.0
"""A picture that takes longer is given up: the show goes on with another work."""

Render = Callable[[bytes, int, int], Awaitable[bytes]]
"""Return the JPEG of the photo at a path, of at most so many pixels across and down.

Raises `PhotoError` or `Unavailable`.
"""

_NAME = re.compile(r"[0-9a-f]{32}-\d+x\d+\.jpg(\.new)?", re.ASCII)


class Slides:
    """Makes slides by `render` in `folder`, of at most as many pixels as `size()` says."""

    def __init__(self, folder: Path, render: Render, size: Callable[[], tuple[int, int]]) -> None:
        self._folder = folder
        self._render = render
        self._size = size
        self._disk = OneThread()
        self.trouble = ""
        """Why none can be made now, until one can; "" for no trouble."""

    async def make(self, fingerprint: Fingerprint, paths: Sequence[bytes]) -> Path:
        """Return the slide of a picture that the files at `paths` hold; the first good one serves.

        Raises:
            PhotoError: none of them can be used as it is.
            Unavailable: none can be read now, or no worker made it in time.
            StateUnavailable: the slide cannot be kept.
        """
        width, height = self._size()
        slide = self._folder / f"{fingerprint}-{width}x{height}.jpg"
        if not await self._disk(_touched, slide):
            await self._make(slide, paths, width, height)
        return slide

    async def forget(self, fingerprint: Fingerprint) -> None:
        """Remove what was made of a picture: nobody is to see it any more."""
        await self._disk(self._remove, fingerprint)

    async def _make(self, slide: Path, paths: Sequence[bytes], width: int, height: int) -> None:
        try:
            picture = await self._rendered(paths, width, height)
            await self._disk(self._keep, slide, picture)
        except Unavailable as error:
            self.trouble = f"photos for the screen cannot be made now: {error}"
            raise
        self.trouble = ""

    async def _rendered(self, paths: Sequence[bytes], width: int, height: int) -> bytes:
        errors: list[PhotoError | Unavailable] = []
        for path in paths:
            try:
                with anyio.fail_after(PATIENCE_S):
                    return await self._render(path, width, height)
            except (PhotoError, Unavailable) as error:
                errors.append(error)
            except TimeoutError:
                raise Unavailable(f"no worker made the picture in {PATIENCE_S:g} s") from None
        passing = (error for error in errors if isinstance(error, Unavailable))
        raise next(passing, errors[0] if errors else PhotoError("no file holds it any more"))

    def _keep(self, slide: Path, picture: bytes) -> None:
        fresh = slide.with_name(f"{slide.name}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(KEPT - 1)
            fresh.write_bytes(picture)
            fresh.replace(slide)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise StateUnavailable(
                f"pictures for the screen cannot be kept in {self._folder} ({error.strerror}); "
                "make room there, or set paths.runtime to another folder"
            ) from error

    def _make_room(self, most: int) -> None:
        """Remove all but the slides that were last wanted, and what a killed daemon left."""
        ours = [one for one in self._folder.iterdir() if _NAME.fullmatch(one.name)]
        newest = sorted(ours, key=lambda one: one.stat().st_mtime_ns, reverse=True)
        for one in newest[most:]:
            one.unlink()

    def _remove(self, fingerprint: Fingerprint) -> None:
        # No glob: Python remembers hundreds of patterns, each of which would be of one picture.
        with contextlib.suppress(OSError):
            for slide in list(self._folder.iterdir()):
                if slide.name.startswith(f"{fingerprint}-") and slide.suffix == ".jpg":
                    slide.unlink(missing_ok=True)


def _touched(slide: Path) -> bool:
    """Tell whether the slide is there, and note that it was wanted."""
    try:
        os.utime(slide)
    except OSError:
        return False
    return True
