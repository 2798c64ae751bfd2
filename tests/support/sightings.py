"""What a camera sees: a room with a person in it or not, drawn by numbers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

WIDTH, HEIGHT = 320, 240
_BODY = 160, 70

Grey = npt.NDArray[np.uint8]


class Scene:
    """A room. `noise` is the camera's standard deviation, of 255."""

    def __init__(self, *, noise: float = 3.0, seed: int = 1) -> None:
        self._chance = np.random.default_rng(seed)
        self._noise = self._chance.normal(size=(2 * HEIGHT, 2 * WIDTH)) * noise
        self._room = (
            110 + 25 * self._texture(HEIGHT, WIDTH, 16) + 12 * self._texture(HEIGHT, WIDTH, 5)
        )
        self._person = 90 + 30 * self._texture(*_BODY, 12)

    def look(self, person: float | None = None, *, light: float = 1.0, tilt: float = 0.0) -> Grey:
        """Return a picture: a person `person` pixels from the left, the room's light times `light`,
        and brighter to the right by `tilt`."""
        picture = self._room.copy()
        if person is not None:
            self._stand(picture, int(person))
        picture *= light * (1 + tilt * (np.arange(WIDTH) / WIDTH - 0.5))
        top, left = self._chance.integers((HEIGHT, WIDTH))  # as good as new, and made at once
        picture += self._noise[top : top + HEIGHT, left : left + WIDTH]
        return np.clip(picture, 0, 255).astype(np.uint8)

    def _stand(self, picture: npt.NDArray[np.float64], left: int) -> None:
        height, width = _BODY
        rows, columns = np.mgrid[:height, :width]
        body = ((columns - width / 2) / (width / 2)) ** 2 + ((rows - height / 2) / 80) ** 2 < 1
        first, last = max(0, left), min(WIDTH, left + width)
        seen = np.s_[:, first - left : max(first, last) - left]
        place = picture[60 : 60 + height, first : max(first, last)]
        place[body[seen]] = self._person[seen][body[seen]]

    def _texture(self, height: int, width: int, size: int) -> npt.NDArray[np.float64]:
        dots = self._chance.normal(size=(height // size + 2, width // size + 2))
        return np.kron(dots, np.ones((size, size)))[:height, :width]


def jpeg(grey: Grey) -> bytes:
    """Return the picture as a file."""
    file = io.BytesIO()
    Image.fromarray(grey).convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def fill(folder: Path, *pictures: Grey) -> None:
    """Have the folder hold these pictures and no others."""
    for path in folder.glob("*.jpg"):
        path.unlink()
    for number, picture in enumerate(pictures):
        (folder / f"{number}.jpg").write_bytes(jpeg(picture))
