"""Concepts: the things and words that the encoder says it sees, and what the decoder is told of.

The first of them are COCO's 80 object classes, the others the content words that people use most
often about the train photos. A photo's target for a class is whether it is listed; for a word, the
share of the photo's sentences that use it: so the encoder learns how likely a person is to say it.
The decoder sees the likeliest `SHOWN`. Since sentences and lists of objects can be had without
pixels, it learns from them alone first, from targets spoilt as an encoder would spoil them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lantern.caption.vocabulary import tokenize

HERE = Path(__file__).parent


def read_lines(file: Path) -> tuple[str, ...]:
    """Return the lines of `file` that are no comments."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


OBJECTS = read_lines(HERE / "objects.txt")
WORDS = 240
SHOWN = 32
"""Concepts of a photo that the decoder is told of: the likeliest."""

EMPTY_WORDS = frozenset(read_lines(HERE / "empty-words.txt"))

MISSED = 0.25
"""How often an encoder overlooks a concept, as told to a decoder that learns without pixels."""

IMAGINED = 8
"""Concepts that it imagines at most, weakly."""

Seen = list[tuple[int, float]]
"""Concepts and their probabilities, at most `SHOWN`."""


@dataclass(frozen=True)
class Concepts:
    """An ordered table: `OBJECTS`, then the words."""

    words: tuple[str, ...]

    @classmethod
    def commonest(cls, photos: Iterable[Collection[str]]) -> Concepts:
        """Return the concepts whose words most of `photos`' lists of sentences use."""
        counts = Counter(
            word
            for sentences in photos
            for word in {word for sentence in sentences for word in tokenize(sentence)}
            if word not in EMPTY_WORDS
        )
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(tuple(ranked[:WORDS]))

    def __len__(self) -> int:
        """Return how many concepts there are."""
        return len(OBJECTS) + len(self.words)

    @property
    def names(self) -> tuple[str, ...]:
        """Return every concept's name, in order."""
        return (*OBJECTS, *self.words)

    def objects(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of object classes."""
        return [self._objects[name] for name in names]

    def shares(self, sentences: Sequence[str]) -> Seen:
        """Return each concept word used in `sentences` and the share of them that use it."""
        counts = Counter(
            word for sentence in sentences for word in set(tokenize(sentence)) & self._words.keys()
        )
        return [(self._words[word], count / len(sentences)) for word, count in counts.items()]

    @cached_property
    def _objects(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(OBJECTS)}

    @cached_property
    def _words(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words, len(OBJECTS))}


def spoilt(true: Seen, often: Sequence[int], draw: random.Random) -> Seen:
    """Return `true` as an encoder might see it: some missed, all less sure, some imagined.

    `often` holds concept numbers, each as often as it is to be imagined.
    """
    kept = {
        concept: share * draw.uniform(0.4, 1.0)
        for concept, share in true
        if draw.random() >= MISSED
    }
    for _ in range(draw.randint(0, IMAGINED)):
        kept.setdefault(draw.choice(often), 0.35 * draw.random() ** 2)
    ranked = sorted(kept.items(), key=lambda one: -one[1])[:SHOWN]
    return [*ranked, *[(0, 0.0)] * (SHOWN - len(ranked))]
