"""Measure how sharp a picture is, to show the best one of a burst first. Pure NumPy."""

import numpy as np
import numpy.typing as npt

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue (ITU-R BT.601)."""


def sharpness(pixels: npt.NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian of the luma of (H, W, 3) `pixels`, 0 for no picture.

    Larger is sharper, for pictures of the same scene and size alone. Pech-Pacheco et al., "Diatom
    autofocusing in brightfield microscopy", ICPR 2000; the Laplacian is that of four neighbours.
    """
    luma = pixels @ _LUMA
    if min(luma.shape) < 3:
        return 0.0
    laplacian = (
        luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * luma[1:-1, 1:-1]
    )
    return float(laplacian.var())
