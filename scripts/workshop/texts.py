"""The language mixture: sentences alone, with concepts spoilt as an encoder would spoil them.

A sentence is learnt with the objects listed for its photo and with the concept words of the other
sentences about it, never with its own words alone: what other people said of a photo is what an
encoder could have seen in it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from lantern.caption.vocabulary import Vocabulary
from workshop import concepts
from workshop.concepts import Concepts
from workshop.data import Text
from workshop.examples import Batch, framed, numbers

BATCH = 256

OWN_WORDS = 0.5
"""How often each concept word of a photo's only sentence is told with it."""


@dataclass(frozen=True)
class _Sentence:
    words: list[int]
    objects: list[int]
    others: concepts.Seen
    only: bool


class TextMixture:
    """Draws epochs of batches of sentences; the same seed gives the same epoch."""

    def __init__(
        self, texts: list[Text], words: Vocabulary, known: Concepts, batch: int = BATCH
    ) -> None:
        self._batch_size = batch
        self._sentences = [
            sentence for text in texts for sentence in _sentences(text, words, known)
        ]
        draw = random.Random(0)
        self._often = [
            concept
            for sentence in draw.sample(self._sentences, min(20_000, len(self._sentences)))
            for concept in (*sentence.objects, *(concept for concept, _ in sentence.others))
        ]

    def __len__(self) -> int:
        """Return the batches of an epoch."""
        return len(self._sentences) // self._batch_size

    def epoch(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of one epoch; an incomplete last batch is left out."""
        draw = random.Random(seed)
        order = draw.sample(self._sentences, len(self._sentences))
        for start in range(0, len(self) * self._batch_size, self._batch_size):
            yield self._batch(order[start : start + self._batch_size], draw)

    def _batch(self, sentences: list[_Sentence], draw: random.Random) -> Batch:
        seen = [concepts.spoilt(_true(sentence, draw), self._often, draw) for sentence in sentences]
        return Batch(
            examples=[],
            seen={
                "concepts": torch.tensor([[concept for concept, _ in one] for one in seen]),
                "shares": torch.tensor([[share for _, share in one] for one in seen]),
            },
            tokens=torch.tensor([[framed(sentence.words)] for sentence in sentences]),
        )


def _sentences(text: Text, words: Vocabulary, known: Concepts) -> Iterator[_Sentence]:
    objects = known.objects(text.objects)
    for place, sentence in enumerate(text.sentences):
        others = [*text.sentences[:place], *text.sentences[place + 1 :]]
        yield _Sentence(
            numbers(sentence, words), objects, known.shares(others or [sentence]), not others
        )


def _true(sentence: _Sentence, draw: random.Random) -> concepts.Seen:
    told = [one for one in sentence.others if not sentence.only or draw.random() < OWN_WORDS]
    return [*((concept, 1.0) for concept in sentence.objects), *told]
