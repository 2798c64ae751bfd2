"""Whether somebody moves before a camera, by its small grey pictures.

Pure: pictures and their times come in. Light is no person: what is compared is how bright each
place is beside its surroundings, by ratio (lighting multiplies, and changes little from place to
place), so that lamps, clouds, the camera's exposure and the light of the film cancel out. What
changes almost everywhere, or once and not again, is light all the same. Each place learns how much
it flickers anyway, by the noise of the camera.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from lantern.hardware.ports import GreyImage

CELLS = 30
"""Into so many cells the shorter side is divided: one is the size of a hand at 2 m."""

APART_S = 0.4
"""Pictures so far apart are compared: in less, who sways on the spot hardly moves."""

LASTING_S = 0.5
"""Something has to move for so long: a lamp that is switched is over after `APART_S`."""

STILL_S = 4.0
"""Who does not move at all for so long is not seen any more. People who watch a film stir."""

LEARNING_S = 2.0
"""At the beginning it only looks, to learn how much each place flickers."""

_SURROUNDINGS = 7  # cells across
_DARK = 8.0  # added to the brightness, so that noise in the dark is not taken for contrast
_LEAST = 0.08  # the ratio's logarithm: contrasts below are nobody's
_TIMES_NOISE = 6.0
_NOISE_MOST = 0.05
_FEWEST, _LIGHT = 0.0025, 0.5  # shares of the cells: one in 400 may be chance, half of them light
_NOISE_TAU_S, _BUSY_TAU_S = 5.0, 600.0  # soon, and slowly where something moves

_Cells = npt.NDArray[np.float32]
_Float64s = npt.NDArray[np.float64]


class Motion:
    """What is known of the pictures so far, whose times never run backwards."""

    def __init__(self, *, learning_s: float = LEARNING_S, still_s: float = STILL_S) -> None:
        self._learning_s, self._still_s = learning_s, still_s
        self._before: deque[tuple[float, _Cells]] = deque()
        self._noise: _Cells | None = None
        self._began = 0.0
        self._moving_since: float | None = None
        self._moved: float | None = None

    def see(self, grey: GreyImage, at: float) -> bool:
        """Take the picture of the time `at`, and tell whether somebody is there."""
        contrast = _contrast(grey)
        if self._noise is None or self._noise.shape != contrast.shape:
            self._noise, self._began = np.zeros_like(contrast), at
            self._before.clear()
        self._note(self._moves(contrast, at), at)
        self._before.append((at, contrast))
        return self._moved is not None and at - self._moved <= self._still_s

    def _note(self, moves: bool, at: float) -> None:
        if not moves:
            self._moving_since = None
            return
        if self._moving_since is None:
            self._moving_since = at
        if at - self._moving_since >= LASTING_S:
            self._moved = at

    def _moves(self, contrast: _Cells, at: float) -> bool:
        """Tell whether anything moves in the picture, and learn from it."""
        earlier = self._earlier(at)
        if earlier is None or self._noise is None:
            return False
        change = np.abs(contrast - earlier)
        busy = change > np.maximum(_LEAST, _TIMES_NOISE * self._noise)
        learning = at - self._began < self._learning_s
        tau_s = self._learning_s / 4 if learning else np.where(busy, _BUSY_TAU_S, _NOISE_TAU_S)
        self._learn(change, at - self._before[-1][0], tau_s)
        share = float(busy.mean())
        if share > _LIGHT:
            self._before.clear()
        return _FEWEST <= share <= _LIGHT and not learning

    def _earlier(self, at: float) -> _Cells | None:
        """Return the newest picture that is old enough, None for none."""
        while len(self._before) > 1 and at - self._before[1][0] >= APART_S:
            self._before.popleft()
        old_enough = self._before and at - self._before[0][0] >= APART_S
        return self._before[0][1] if old_enough else None

    def _learn(self, change: _Cells, passed_s: float, tau_s: float | _Float64s) -> None:
        """Let each place's noise follow its `change`, by so much as `tau_s` says."""
        assert self._noise is not None  # noqa: S101 - set with the first picture
        share = np.asarray(1 - np.exp(-passed_s / tau_s), np.float32)
        self._noise = np.minimum(self._noise + share * (change - self._noise), _NOISE_MOST)


def _contrast(grey: GreyImage) -> _Cells:
    """Return, for each cell, the logarithm of how bright it is beside its surroundings."""
    height, width = grey.shape
    edge = max(1, min(height, width) // CELLS)
    rows, columns = height // edge, width // edge
    blocks = grey[: rows * edge, : columns * edge].reshape(rows, edge, columns, edge)
    light = np.log(blocks.mean(axis=(1, 3), dtype=np.float32) + _DARK)
    around = np.pad(light, _SURROUNDINGS // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(around, (_SURROUNDINGS, _SURROUNDINGS))
    return np.asarray(light - windows.mean(axis=(2, 3)), np.float32)
