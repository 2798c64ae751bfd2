"""The `Captioner` port: pixels in, a sentence with tags and features out."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from lantern.model import Description

UInt8Image = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, sRGB, upright."""


class Captioner(Protocol):
    """Describes pictures. Keeps no state between them, so that any number may run anywhere.

    Blocking and CPU-bound: call it from a worker process, never from the event loop. The same
    picture gives the same description on the same runtime (runtimes differ in the last bits).
    """

    @property
    def name(self) -> str:
        """Return the model's name and version, as stored with each caption."""
        ...

    def describe(self, image: UInt8Image) -> Description:
        """Return the description of `image`, (H, W, 3) uint8 of any size: the adapter scales it."""
        ...
