"""CIDEr-D of sentences given as word numbers, fast enough to be a training reward.

Vedantam, Zitnick and Parikh, arXiv:1411.5726, section 8: term frequencies clipped to the
reference's and a Gaussian penalty (sigma = 6) on the difference in length, so that repeating a
word or running on does not pay. Document frequencies come from train sentences alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

LONGEST = 4
SIGMA = 6.0
SCALE = 10.0

Photo = TypeVar("Photo", bound=Hashable)

Gram = tuple[int, ...]
Vectors = tuple[dict[Gram, float], ...]


class CiderD(Generic[Photo]):
    """Scores sentences about known photos against their references.

    Rarity is counted over `documents`, the sentences of one photo each; by default the references.
    """

    def __init__(
        self,
        references: Mapping[Photo, Sequence[Sequence[int]]],
        documents: Collection[Sequence[Sequence[int]]] | None = None,
    ) -> None:
        documents = references.values() if documents is None else documents
        self._photos = math.log(len(documents))
        seen_in = Counter(
            gram
            for sentences in documents
            for gram in {gram for sentence in sentences for gram in _grams(sentence)}
        )
        self._rarity = {gram: self._photos - math.log(count) for gram, count in seen_in.items()}
        self._references = {
            photo: [(self._vectors(sentence), len(sentence)) for sentence in sentences]
            for photo, sentences in references.items()
        }

    def score(self, photo: Photo, sentence: Sequence[int]) -> float:
        """Return the CIDEr-D, in [0, 10], of `sentence` about `photo`."""
        said = self._vectors(sentence)
        references = self._references[photo]
        total = sum(
            math.exp(-((len(sentence) - length) ** 2) / (2 * SIGMA**2))
            * sum(map(_likeness, said, meant))
            for meant, length in references
        )
        return SCALE * total / (LONGEST * len(references))

    def _vectors(self, sentence: Sequence[int]) -> Vectors:
        """Return one vector of weighted n-grams for each n, not yet clipped to a reference."""
        vectors: Vectors = tuple({} for _ in range(LONGEST))
        for gram, count in Counter(_grams(sentence)).items():
            vectors[len(gram) - 1][gram] = count * self._rarity.get(gram, self._photos)
        return vectors


def _grams(sentence: Sequence[int]) -> list[Gram]:
    words = tuple(sentence)
    return [
        words[start : start + length]
        for length in range(1, LONGEST + 1)
        for start in range(len(words) - length + 1)
    ]


def _likeness(said: dict[Gram, float], meant: dict[Gram, float]) -> float:
    norms = _norm(said) * _norm(meant)
    if not norms:
        return 0.0
    shared = sum(
        min(weight, meant[gram]) * meant[gram] for gram, weight in said.items() if gram in meant
    )
    return shared / norms


def _norm(vector: dict[Gram, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values()))
