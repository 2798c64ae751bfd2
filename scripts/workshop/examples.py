"""The training mixture: which photos, which copies of them, which sentences, how often.

Every epoch visits each flickr8k_224 train photo once, each coco_human one twice and a part of
coco_labels (`training.LIKELIHOOD`, `training.REWARD`; README, "The mixture").
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lantern.caption.vocabulary import END, PAD, SPECIAL, START, START_MACHINE, Vocabulary, tokenize
from workshop import data
from workshop.features import Cache

LONGEST_SENTENCE = 17
"""Words kept of a sentence: 99 % of the references are shorter."""

RAREST_WORD = 5
"""A word seen less often than this in the train sentences becomes `<unknown>`."""

SENTENCES_A_VISIT = 5
BATCH = 64


@dataclass(frozen=True)
class Example:
    """One train photo: its row in the caches of `set_name`, and its sentences as word numbers."""

    set_name: str
    row: int
    train_row: int
    human: tuple[list[int], ...]
    machine: tuple[list[int], ...]


@dataclass(frozen=True)
class Batch:
    """Maps (B, 49, 1280) int8 with tokens (B, K, 1 + LONGEST_SENTENCE + 1): starts, words, ends."""

    examples: list[Example]
    maps: Tensor
    tokens: Tensor


def count_words(sets: dict[str, list[data.Photo]]) -> Vocabulary:
    """Return the special words and the words seen often enough to learn, the commonest first."""
    counts = Counter(
        word
        for photos in sets.values()
        for photo in data.of_split(photos, "train")
        for sentence in photo.human + photo.machine
        for word in tokenize(sentence)
    )
    common = sorted(
        (word for word, count in counts.items() if count >= RAREST_WORD),
        key=lambda word: (-counts[word], word),
    )
    return Vocabulary((*SPECIAL, *common))


def word_shares(examples: dict[str, list[Example]], words: Vocabulary) -> Tensor:
    """Return (words,) each token's share of all train tokens: where the decoder's biases begin."""
    counts = Counter(
        number
        for part in examples.values()
        for example in part
        for sentence in example.human + example.machine
        for number in (*sentence, END)
    )
    totals = torch.tensor([counts[number] + 1.0 for number in range(len(words.words))])
    return totals / totals.sum()


def read_examples(photos: list[data.Photo], set_name: str, words: Vocabulary) -> list[Example]:
    """Return the train examples of one set."""
    rows = [row for row, photo in enumerate(photos) if photo.split == "train"]
    return [
        Example(
            set_name,
            row,
            train_row,
            tuple(_numbers(sentence, words) for sentence in photos[row].human),
            tuple(_numbers(sentence, words) for sentence in photos[row].machine),
        )
        for train_row, row in enumerate(rows)
        if photos[row].human or photos[row].machine
    ]


class Mixture:
    """Draws epochs of batches; the same seed gives the same epoch, whatever ran before."""

    def __init__(
        self, examples: dict[str, list[Example]], caches: dict[str, Cache], visits: dict[str, float]
    ) -> None:
        self._examples = examples
        self._caches = caches
        self._visits = visits

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
        maps = np.stack([self._map(example, draw) for example in examples])
        tokens = [[_framed(*choice) for choice in _choose(example, draw)] for example in examples]
        return Batch(examples, torch.from_numpy(maps), torch.tensor(tokens))

    def _map(self, example: Example, draw: random.Random) -> np.ndarray:
        copies = self._caches[example.set_name].copies
        copy = draw.choice(list(copies))
        return copies[copy][example.row if copy == "plain" else example.train_row]


def _numbers(sentence: str, words: Vocabulary) -> list[int]:
    return words.numbers(tokenize(sentence))[:LONGEST_SENTENCE]


def _choose(example: Example, draw: random.Random) -> list[tuple[int, list[int]]]:
    """Return `SENTENCES_A_VISIT` sentences with their starts; none twice if enough."""
    known = [(START, sentence) for sentence in example.human]
    known += [(START_MACHINE, sentence) for sentence in example.machine]
    if len(known) >= SENTENCES_A_VISIT:
        return draw.sample(known, SENTENCES_A_VISIT)
    return [*known, *draw.choices(known, k=SENTENCES_A_VISIT - len(known))]


def _framed(start: int, words: list[int]) -> list[int]:
    return [start, *words, END, *[PAD] * (LONGEST_SENTENCE - len(words))]
