"""The training mixture: which photos, which copies of them, which sentences, how often.

Every epoch visits each flickr8k_224 train photo once, each coco_human one more often and a part of
coco_labels (`training.JOINT`, `training.REWARD`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lantern.caption.vocabulary import END, PAD, SPECIAL, START, START_MACHINE, Vocabulary, tokenize
from workshop import data
from workshop.concepts import OBJECTS, Concepts
from workshop.features import Cache

LONGEST_SENTENCE = 17
"""Words kept of a sentence: 99 % of the references are shorter."""

RAREST_WORD = 10
"""A word seen less often than this in the human train sentences becomes `<unknown>`."""

SENTENCES_A_VISIT = 5
BATCH = 64


Seen = dict[str, Tensor]
"""Arrays of several photos by their kind, as a model's `look` takes them."""


class Target(NamedTuple):
    """What the encoder should see of a photo, (concepts,) float32 each; `known` is 1 or 0."""

    shares: np.ndarray
    known: np.ndarray


@dataclass(frozen=True)
class Example:
    """One train photo: its row in the caches of `set_name`, and its sentences as word numbers."""

    set_name: str
    row: int
    train_row: int
    human: tuple[list[int], ...]
    machine: tuple[list[int], ...]
    target: Target


@dataclass(frozen=True)
class Batch:
    """What B photos look like, with tokens (B, K, 1 + LONGEST_SENTENCE + 1): start, words, end."""

    examples: list[Example]
    seen: Seen
    tokens: Tensor


def count_words(texts: list[data.Text]) -> Vocabulary:
    """Return the special words and the words that people used often enough, the commonest first."""
    counts = Counter(
        word for text in texts for sentence in text.sentences for word in tokenize(sentence)
    )
    common = sorted(
        (word for word, count in counts.items() if count >= RAREST_WORD),
        key=lambda word: (-counts[word], word),
    )
    return Vocabulary((*SPECIAL, *common))


def word_shares(texts: list[data.Text], words: Vocabulary) -> Tensor:
    """Return (words,) each token's share of all train tokens: where the decoder's biases begin."""
    counts = Counter(
        number
        for text in texts
        for sentence in text.sentences
        for number in (*numbers(sentence, words), END)
    )
    totals = torch.tensor([counts[number] + 1.0 for number in range(len(words.words))])
    return totals / totals.sum()


def read_examples(
    photos: list[data.Photo], set_name: str, words: Vocabulary, concepts: Concepts
) -> list[Example]:
    """Return the train examples of one set."""
    rows = [row for row, photo in enumerate(photos) if photo.split == "train"]
    return [
        Example(
            set_name,
            row,
            train_row,
            tuple(numbers(sentence, words) for sentence in photos[row].human),
            tuple(numbers(sentence, words) for sentence in photos[row].machine),
            target(photos[row], concepts),
        )
        for train_row, row in enumerate(rows)
        if photos[row].human or photos[row].machine
    ]


def target(photo: data.Photo, concepts: Concepts) -> Target:
    """Return what is known of the concepts in `photo`."""
    shares = np.zeros(len(concepts), np.float32)
    known = np.zeros(len(concepts), np.float32)
    if photo.objects is not None:
        known[: len(OBJECTS)] = 1
        shares[concepts.objects(photo.objects)] = 1
    if photo.human:
        known[len(OBJECTS) :] = 1
        for concept, share in concepts.shares(photo.human):
            shares[concept] = share
    return Target(shares, known)


class Mixture:
    """Draws epochs of batches; the same seed gives the same epoch, whatever ran before."""

    def __init__(
        self,
        examples: Mapping[str, list[Example]],
        caches: Mapping[str, Cache],
        visits: Mapping[str, float],
        sentences: int = SENTENCES_A_VISIT,
    ) -> None:
        self._examples = examples
        self._caches = caches
        self._visits = visits
        self._sentences = sentences

    def __len__(self) -> int:
        """Return the batches of an epoch."""
        return (
            sum(round(len(self._examples[name]) * visits) for name, visits in self._visits.items())
            // BATCH
        )

    def epoch(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of one epoch; an incomplete last batch is left out."""
        draw = random.Random(seed)
        order = [
            example
            for name, visits in self._visits.items()
            for example in self._draw(name, visits, draw)
        ]
        draw.shuffle(order)
        for start in range(0, len(self) * BATCH, BATCH):
            yield self._batch(order[start : start + BATCH], draw)

    def _draw(self, name: str, visits: float, draw: random.Random) -> list[Example]:
        examples = self._examples[name]
        whole, rest = divmod(round(len(examples) * visits), len(examples))
        return examples * whole + draw.sample(examples, rest)

    def _batch(self, examples: list[Example], draw: random.Random) -> Batch:
        rows = [self._rows(example, draw) for example in examples]
        tokens = [
            [framed(words, start) for start, words in _choose(example, draw, self._sentences)]
            for example in examples
        ]
        return Batch(examples, stacked(rows), torch.tensor(tokens))

    def _rows(self, example: Example, draw: random.Random) -> dict[str, np.ndarray]:
        copies = self._caches[example.set_name].copies
        copy = draw.choice(list(copies))
        row = example.row if copy == "plain" else example.train_row
        return {kind: array[row] for kind, array in copies[copy].items()}


def stacked(rows: list[dict[str, np.ndarray]]) -> Seen:
    """Return the arrays of several photos as tensors, by their kind."""
    return {kind: torch.from_numpy(np.stack([row[kind] for row in rows])) for kind in rows[0]}


def numbers(sentence: str, words: Vocabulary) -> list[int]:
    """Return the words of `sentence` as numbers, cut where it is too long."""
    return words.numbers(tokenize(sentence))[:LONGEST_SENTENCE]


def _choose(example: Example, draw: random.Random, sentences: int) -> list[tuple[int, list[int]]]:
    """Return `sentences` sentences with their starts; none twice if enough."""
    known = [(START, sentence) for sentence in example.human]
    known += [(START_MACHINE, sentence) for sentence in example.machine]
    if len(known) >= sentences:
        return draw.sample(known, sentences)
    return [*known, *draw.choices(known, k=sentences - len(known))]


def framed(words: list[int], start: int = START) -> list[int]:
    """Return a sentence as the tokens of a `Batch`."""
    return [start, *words, END, *[PAD] * (LONGEST_SENTENCE - len(words))]
