"""A model of picamera2, for where that is not installed: what `hardware.camera` uses of it.

Written from its source and manual. Frames come from a scene, and their rows are longer than the
picture is wide, as in the camera's memory.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from support.sightings import HEIGHT, WIDTH, Grey, Scene, jpeg

STRIDE = WIDTH + 64


class Bench:
    """What is plugged in. `frozen`: no frame comes. `busy`: another program has the camera."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.person: Iterator[float | None] = itertools.repeat(None)
        self.plugged, self.frozen, self.busy = True, False, False
        self.open: list[Any] = []

    def module(self) -> types.ModuleType:
        """Return what is imported as "picamera2"."""
        module = types.ModuleType("picamera2")
        module.Picamera2 = lambda number=0: Picamera2(self, number)  # type: ignore[attr-defined]
        return module

    def walk(self) -> None:
        """Have somebody go to and fro before the camera."""
        self.person = itertools.cycle((60, 75, 90, 105, 120, 135, 120, 105, 90, 75))

    def stand(self, place: float) -> None:
        """Have somebody stand before the camera."""
        self.person = itertools.repeat(place)

    def leave(self) -> None:
        """Have nobody be there."""
        self.person = itertools.repeat(None)

    def see(self) -> Grey:
        return self.scene.look(next(self.person))


class Picamera2:
    """One camera. A process that has it open twice is refused, as by libcamera."""

    def __init__(self, bench: Bench, number: int) -> None:
        self._bench = bench
        self._modes: dict[str, Any] | None = None
        self._started = False
        if number or not bench.plugged:
            raise RuntimeError(f"No camera number {number} found")
        if bench.busy or bench.open:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        bench.open.append(self)

    def create_preview_configuration(
        self, main: Any = None, lores: Any = None, controls: Any = None
    ) -> dict[str, Any]:
        shortest, longest = controls["FrameDurationLimits"]
        assert 0 < shortest <= longest
        assert all(a <= b for a, b in zip(lores["size"], main["size"], strict=True))
        return {"main": main, "lores": lores, "controls": controls}

    def create_still_configuration(self) -> dict[str, Any]:
        return {"main": {"size": (4608, 2592), "format": "BGR888"}, "lores": None}

    def configure(self, modes: dict[str, Any]) -> None:
        self._modes = modes

    def start(self) -> None:
        if self._modes is None:
            raise RuntimeError("Camera has not been configured")
        self._started = True

    def capture_array(self, name: str, wait: float) -> Any:
        self._frame(wait)
        assert self._modes is not None
        stream = self._modes[name]
        assert (stream["format"], stream["size"]) == ("YUV420", (WIDTH, HEIGHT))
        planes = np.full((HEIGHT * 3 // 2, STRIDE), 128, np.uint8)
        planes[:HEIGHT, :WIDTH] = self._bench.see()
        return planes

    def switch_mode_and_capture_file(
        self,
        modes: dict[str, Any],
        file: Any,
        format: str,  # noqa: A002 - so it is called
        wait: float,
    ) -> None:
        self._frame(wait)
        assert modes["main"]["format"] == "BGR888"
        assert format == "jpeg"
        file.write(jpeg(self._bench.see()))

    def close(self) -> None:
        self._bench.open.remove(self)

    def _frame(self, wait: float) -> None:
        assert self._started
        if self._bench.frozen or not self._bench.plugged:
            assert wait < 60
            raise TimeoutError
