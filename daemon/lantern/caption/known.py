"""A picture that every Lantern can draw, and whether a model still says of it what it said at home.

Pure. A model's files may be whole and its answers wrong all the same: a runtime's kernels differ by
processor. So `model.json` keeps what the model said of `picture` where it was made, and `lantern
models check` asks again. The picture is drawn here, in whole numbers, so that it is the same to the
last bit on every machine; it shows a white ball on a lawn, of which the shipped models are sure.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lantern.caption.port import UInt8Image
from lantern.caption.vocabulary import tokenize
from lantern.model import Description, Features

SCORE_TOLERANCE = 0.15
"""Of scores and probabilities. tflite-runtime 2.14 and ai-edge-litert 2.3 differ by 0.02 here."""

LEAST_COSINE = 0.98
"""Of the feature vectors. The two runtimes reach 0.999."""

LEAST_SHARED_WORDS = 0.5
"""Of the words of both sentences together: a beam turns at the last bit, and a word with it."""

SURE = 0.3
"""A tag that is likelier than this cannot fall out of the list by the tolerance alone."""

HEIGHT, WIDTH = 240, 320
RADIUS = 60


def picture() -> UInt8Image:
    """Return a white ball on a lawn, (240, 320, 3) uint8."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.int64)
    blades = rows // 2 * 7919 + columns // 2 * 104729 + (rows // 2) * (columns // 2) * 31
    lawn = np.stack([60 + blades % 251 % 40, 130 + blades % 251 % 50, 40 + blades % 251 % 20], -1)
    distance = (rows - 130) ** 2 + (columns - 160) ** 2
    shade = distance // 60
    ball = np.stack([230 - shade, 230 - shade, 235 - shade], -1)
    return np.where((distance < RADIUS**2)[..., None], ball, lawn).astype(np.uint8)


def deviation(expected: Description, got: Description) -> str | None:
    """Return what tells `got` from `expected` by more than runtimes differ, None for nothing."""
    if not _alike(expected.caption.sentence, got.caption.sentence):
        return f'expected "{expected.caption.sentence}", got "{got.caption.sentence}"'
    if abs(expected.caption.score - got.caption.score) > SCORE_TOLERANCE:
        return f"expected the score {expected.caption.score:.2f}, got {got.caption.score:.2f}"
    scores = {tag.name: tag.score for tag in got.tags}
    for tag in expected.tags:
        found = scores.get(tag.name, 0.0)
        if tag.score > SURE and abs(tag.score - found) > SCORE_TOLERANCE:
            return f"expected the tag {tag.name} with {tag.score:.2f}, got {found:.2f}"
    cosine = _cosine(expected.features, got.features)
    if cosine < LEAST_COSINE:
        return f"expected features with a cosine of {LEAST_COSINE} at least, got {cosine:.3f}"
    return None


def _alike(one: str, other: str) -> bool:
    words, others = set(tokenize(one)), set(tokenize(other))
    return len(words & others) >= LEAST_SHARED_WORDS * len(words | others)


def _cosine(one: Features, other: Features) -> float:
    """Return the cosine of two vectors, 0 for vectors of two lengths."""
    vector, another = _vector(one), _vector(other)
    if vector.shape != another.shape:
        return 0.0
    lengths = float(np.linalg.norm(vector) * np.linalg.norm(another))
    return float(vector @ another) / max(lengths, 1e-12)


def _vector(features: Features) -> npt.NDArray[np.float64]:
    return np.frombuffer(features.values, np.int8).astype(np.float64)
