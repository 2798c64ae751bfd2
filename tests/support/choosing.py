"""A regression of expected words small enough to be worked out by hand, and files made of it."""

import io

import numpy as np

from lantern.caption.expectation import Expectation, to_bytes

A, DOG, CAT, RUNS = 5, 6, 7, 8
"""Words; `RUNS` is in no run that the regression knows."""

SEEN = np.array([[0, 4], [2, 0]], np.int8)
"""A map of two cells and two channels: means 1 and 2, largest values 2 and 4."""


def regression(**changed):
    """Return the arrays: two channels, rank 2, the runs "a", "dog" and "a dog".

    The projection takes the first mean and half the second largest value. The table makes of them
    0, 1 and 0 times the first, and 0, 0 and 2 times the second.
    """
    arrays = {
        "projection": np.array([[1, 0], [0, 0], [0, 0], [0, 0.5]], np.float32),
        "table": np.array([[0, 1, 0], [0, 0, 2]], np.float32) * 3 / 4,
        "centre": np.array([0, 0, 0, 2], np.float32),
        "spread": np.array([1, 1, 1, 2], np.float32),
        "usual": np.array([0.5, 0, -1]),
        "rarity": np.array([0, 2, 3]),
        "norms": np.array([4, 6, 1, 1]),
        "runs": np.array([[A, 0, 0, 0], [DOG, 0, 0, 0], [A, DOG, 0, 0]]),
        "concepts": np.array([0, DOG, RUNS]),
    }
    return {**arrays, **changed}


def expectation(**changed):
    return Expectation.from_bytes(to_bytes(**regression(**changed)))


def altered(content, **arrays):
    """Return the file `content` with these arrays in it as they are, in place of its own."""
    with np.load(io.BytesIO(content)) as archive:
        held = {**archive, **arrays}
    target = io.BytesIO()
    np.savez_compressed(
        target, **{name: array for name, array in held.items() if array is not None}
    )
    return target.getvalue()
