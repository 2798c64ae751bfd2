"""Which photo of a group is shown first, and in which order the others follow. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol, TypeVar

from lantern.model import PhotoId

SHARPNESS_STEPS = 2.0
"""Steps an octave: less than 1.4 times as sharp is noise, or the edges that compression adds."""

_LATEST = "~"  # after every digit


class Contender(Protocol):
    """What speaks for a photo of a group; None and False where nothing is known."""

    @property
    def id(self) -> PhotoId:
        """Return its number: the lower, the longer known."""

    @property
    def width(self) -> int:
        """Return how many pixels wide it is, upright."""

    @property
    def height(self) -> int:
        """Return how many pixels high it is."""

    @property
    def rating(self) -> int | None:
        """Return the stars that somebody gave it, 0 to 5."""

    @property
    def by_human(self) -> bool:
        """Tell whether a person wrote its sentence."""

    @property
    def sharpness(self) -> float | None:
        """Return the variance of its thumbnail's Laplacian."""

    @property
    def taken_at(self) -> str | None:
        """Return when it was taken, ISO 8601."""


OneOf = TypeVar("OneOf", bound=Contender)


def best_first(group: Iterable[OneOf]) -> list[OneOf]:
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
    largest = max((_pixels(one) for one in contenders), default=0)
    sharpest: dict[int, float] = {}
    for one in contenders:
        size = _octaves_below(largest, _pixels(one))
        sharpest[size] = max(sharpest.get(size, 0.0), one.sharpness or 0.0)

    def key(one: OneOf) -> tuple[float | str, ...]:
        size = _octaves_below(largest, _pixels(one))
        blur = _octaves_below(sharpest[size], one.sharpness or 0.0, SHARPNESS_STEPS)
        return (
            -(one.rating or 0),
            not one.by_human,
            size,
            blur,
            -_pixels(one),
            one.taken_at or _LATEST,
            one.id,
        )

    return sorted(contenders, key=key)


def _pixels(one: Contender) -> int:
    return one.width * one.height


def _octaves_below(most: float, value: float, steps: float = 1.0) -> int:
    """Return how many whole steps, `steps` an octave, `value` lies below `most`; many for 0."""
    if value <= 0:
        return 10_000 if most > 0 else 0
    return int(steps * math.log2(most / value))
