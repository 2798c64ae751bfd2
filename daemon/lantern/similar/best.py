"""Which photo of a group is shown first, and in which order the others follow. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from lantern.model import PhotoId

SHARPNESS_STEPS = 2.0
"""Steps an octave: less than 1.4 times as sharp is noise, or the edges that compression adds."""

_LATEST = "~"  # after every digit


class Contender(msgspec.Struct, frozen=True):
    """What speaks for a photo of a group; None and False where nothing is known.

    `rating` is 0 to 5, `sharpness` the variance of the thumbnail's Laplacian, `taken_at` ISO 8601.
    """

    id: PhotoId
    pixels: int
    rating: int | None = None
    person_wrote: bool = False
    sharpness: float | None = None
    taken_at: str | None = None


def best_first(group: Iterable[Contender]) -> list[Contender]:
    """Return the photos of a group, the one to show first at the front.

    1. The higher rating: somebody chose already.
    2. A person's sentence: somebody cared for this one.
    3. Size, in octaves below the largest: a small copy never stands for its original, yet a crop
       competes with it.
    4. Sharpness, in half octaves below the sharpest of its size: moving subjects and hands make the
       difference in a burst. One whose sharpness is not known comes after those of its size.
    5. More pixels; then the earliest; then the one known longest.
    """
    contenders = list(group)
    largest = max((one.pixels for one in contenders), default=0)
    sharpest: dict[int, float] = {}
    for one in contenders:
        size = _octaves_below(largest, one.pixels)
        sharpest[size] = max(sharpest.get(size, 0.0), one.sharpness or 0.0)

    def key(one: Contender) -> tuple[float | str, ...]:
        size = _octaves_below(largest, one.pixels)
        blur = _octaves_below(sharpest[size], one.sharpness or 0.0, SHARPNESS_STEPS)
        return (
            -(one.rating or 0),
            not one.person_wrote,
            size,
            blur,
            -one.pixels,
            one.taken_at or _LATEST,
            one.id,
        )

    return sorted(contenders, key=key)


def _octaves_below(most: float, value: float, steps: float = 1.0) -> int:
    """Return how many whole steps, `steps` an octave, `value` lies below `most`; many for 0."""
    if value <= 0:
        return 10_000 if most > 0 else 0
    return int(steps * math.log2(most / value))
