"""A camera that sees the pictures of a folder: the twin of the real one, to try things out."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lantern.errors import PhotoError, Unavailable
from lantern.imaging.decode import decode
from lantern.imaging.formats import Format

if TYPE_CHECKING:
    from lantern.hardware.ports import GreyImage

PICTURE_S = 0.5
"""How long each picture is seen; then comes the next by name, and after the last the first."""

GLANCE_EDGE = 320


class FileCamera:
    """Sees the JPEG files of `folder` one after the other (`hardware.ports.Camera`)."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()

    def glance(self) -> GreyImage:
        """Return what it sees now, small and grey."""
        with self._lock:
            path = self._seen()
            try:
                picture = decode(_read(path), Format.JPEG, edge=GLANCE_EDGE)
            except PhotoError as error:
                raise Unavailable(f"camera: {path}: {error}; take it away") from error
            return picture.pixels[:, :, 1]  # green is most of what the eye takes for brightness

    def picture(self) -> bytes:
        """Return the file that it sees now."""
        with self._lock:
            return _read(self._seen())

    def close(self) -> None:
        """Do nothing: no file is kept open."""

    def _seen(self) -> Path:
        try:
            names = sorted(name for name in os.listdir(self._folder) if _is_jpeg(name))
        except OSError as error:
            raise Unavailable(f"camera: {self._folder}: {error.strerror}; make it") from error
        if not names:
            raise Unavailable(f"camera: {self._folder}: expected a JPEG file, got none; add some")
        return self._folder / names[int(self._clock() / PICTURE_S) % len(names)]


def _is_jpeg(name: str) -> bool:
    return name.lower().endswith((".jpg", ".jpeg")) and not name.startswith(".")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"camera: {path}: {error.strerror}") from error
