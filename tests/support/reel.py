"""Works to play, one after the other, without a collection; and films and photos to be played."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import anyio
from PIL import Image

from lantern.kiosk.works import Work


class Reel:
    """The works of a list, round and round (`works.Works`). What is spoiled is left out."""

    def __init__(self, *works: Work) -> None:
        self.works = list(works)
        self.reasons: dict[str, str] = {}
        """Why works were said to be spoiled, by their names."""
        self.asked: list[str] = []
        self.delay_s = 0.0
        """How long the next work takes to be made."""
        self.made = math.inf
        """So many works are made in time; who asks for more waits until there are more."""
        self._at = -1
        self._changed = anyio.Event()

    async def next(self) -> Work | None:
        self.asked.append("next")
        await anyio.sleep(self.delay_s)
        while self.asked.count("next") > self.made:  # noqa: ASYNC110 - a test sets it
            await anyio.sleep(0.01)
        return self._step(1)

    async def previous(self) -> Work | None:
        self.asked.append("previous")
        return self._step(-1)

    async def resume(self, name: str) -> Work | None:
        self.asked.append(f"resume {name}")
        for place, work in enumerate(self.works):
            if work.name == name:
                self._at = place
                return work
        return None

    def spoiled(self, work: Work, reason: str) -> None:
        self.reasons[work.name] = reason

    async def changed(self) -> None:
        await self._changed.wait()

    def change(self, *works: Work) -> None:
        """Play `works` from now on."""
        self.works, self._at = list(works), -1
        self._changed.set()
        self._changed = anyio.Event()

    def _step(self, step: int) -> Work | None:
        for _ in self.works:
            self._at = (self._at + step) % len(self.works)
            if self.works[self._at].name not in self.reasons:
                return self.works[self._at]
        return None


def photo(folder: Path, name: str, colour: str, size: tuple[int, int] = (1280, 720)) -> Work:
    """Return a photo of one colour."""
    path = folder / f"{name}.jpg"
    Image.new("RGB", size, colour).save(path, quality=90)
    return Work(name, str(path), still=True)


def film(
    folder: Path, name: str, colour: str, seconds: float = 2.0, *, picture: bool = True
) -> Work:
    """Return a film of one colour, with a tone; or the tone alone. mpv itself makes it."""
    path = folder / f"{name}.mkv"
    tone = f"av://lavfi:sine=f=440:d={seconds}"
    source = f"av://lavfi:color=c={colour}:s=320x180:r=25:d={seconds}"
    inputs = [source, f"--audio-file={tone}"] if picture else [tone]
    made = ["--of=matroska", "--ovc=mpeg4", "--oac=pcm_s16le", f"--o={path}"]
    subprocess.run(["mpv", "--no-config", "--really-quiet", *inputs, *made], check=True)
    return Work(name, str(path), still=False)
