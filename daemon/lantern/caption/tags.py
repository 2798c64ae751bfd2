"""What the encoder's classes and concepts are called, and which of them a picture shows.

Pure. `models/labels.tsv` gives each of the 1,000 classes an everyday name and, where it has one,
the family that people would search for: a beagle is also a dog, and the dogs' probabilities add up,
so that a picture of some dog says "dog" although no single breed is sure. The classes exclude each
other. Concepts do not: `models/concepts.tsv` names those that are things people search for; the
others, whose name is empty, are words for the decoder alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap

import numpy as np
import numpy.typing as npt

from lantern.caption.manifest import Thresholds
from lantern.model import Tag

MOST_TAGS = 5

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Label:
    """One class: its everyday name, and its family's name or an empty string."""

    name: str
    family: str


class Labels(tuple[Label, ...]):
    """All classes in the order of the index, grouped once so that a photo's sums are cheap."""

    @cached_property
    def families(self) -> Groups:
        """Return the classes grouped by family; those without are in no group."""
        return Groups([label.family for label in self])

    @cached_property
    def names(self) -> Groups:
        """Return the classes grouped by name, save names that are also a family's."""
        families = frozenset(self.families.keys)
        return Groups(["" if label.name in families else label.name for label in self])


class Groups:
    """Classes that share a key; those whose key is "" are left out."""

    def __init__(self, key_of_class: Sequence[str]) -> None:
        self.keys = tuple(dict.fromkeys(key for key in key_of_class if key))
        number = {key: at for at, key in enumerate(self.keys)}
        self._group = np.array([number.get(key, len(self.keys)) for key in key_of_class])

    def sums(self, probabilities: Probabilities) -> npt.NDArray[np.float64]:
        """Return the summed probability, (keys,) float64, of each group."""
        sums = np.bincount(self._group, probabilities, minlength=len(self.keys) + 1)
        return np.asarray(sums[:-1], np.float64)


def read_labels(table: str) -> Labels:
    """Return the labels of a table of lines `index<TAB>name<TAB>family`, in the order of the index.

    Raises:
        ValueError: a line is malformed, or an index is missing, repeated or out of order.
    """
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    for expected, row in enumerate(rows):
        if len(row) != 3 or row[0] != str(expected):
            raise ValueError(f"labels: expected class {expected} with name and family, got {row}")
    return Labels(Label(name, family) for _, name, family in rows)


@dataclass(frozen=True)
class Sight:
    """The probabilities of one picture's classes and concepts, with what they are called."""

    classes: Probabilities
    labels: Labels
    concepts: Probabilities
    objects: Labels

    def families(self) -> dict[str, float]:
        """Return each family's probability: the classes' sum, or the concept's where none has it.

        A concept tells what is there, a class what fills the picture: a car in the background is
        no reason to doubt a sentence about somebody in front of it.
        """
        return self.present() | family_scores(self.classes, self.labels)

    def present(self) -> dict[str, float]:
        """Return how likely each family that concepts know is somewhere in the picture."""
        present: dict[str, float] = {}
        for label, probability in zip(self.objects, self.concepts.tolist(), strict=True):
            if label.family:
                present[label.family] = max(present.get(label.family, 0.0), probability)
        return present

    def surest_name(self, family: str) -> str:
        """Return the name to give to `family` in this picture."""
        return surest_name(self.classes, self.labels, family)

    def tags(self, thresholds: Thresholds) -> tuple[Tag, ...]:
        """Return up to `MOST_TAGS` names, the likeliest first, each once with its best score."""
        scores = {
            label.name: probability
            for label, probability in zip(self.objects, self.concepts.tolist(), strict=True)
            if label.name and probability >= thresholds.object
        }
        for tag in tags(self.classes, self.labels, thresholds.tag):
            scores[tag.name] = max(scores.get(tag.name, 0.0), tag.score)
        return most_likely(starmap(Tag, scores.items()))


def sigmoid(logits: Probabilities) -> Probabilities:
    """Return the probability of each of `logits` by itself."""
    # The same as 1 / (1 + exp(-x)), but for its overflow.
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits), np.float32)


def softmax(logits: Probabilities) -> Probabilities:
    """Return the probabilities, (classes,), of `logits`."""
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum(), np.float32)


def family_scores(probabilities: Probabilities, labels: Labels) -> dict[str, float]:
    """Return each family's summed probability."""
    families = labels.families
    return dict(zip(families.keys, families.sums(probabilities).tolist(), strict=True))


def surest_name(probabilities: Probabilities, labels: Labels, family: str) -> str:
    """Return the name of the class that has most of `family`'s probability, else the family's.

    Breeds that share the probability make the picture of a dog, not of the likeliest breed.
    """
    members = {
        label.name: float(probability)
        for label, probability in zip(labels, probabilities, strict=True)
        if label.family == family
    }
    name, probability = max(members.items(), key=lambda member: member[1], default=(family, 0.0))
    return name if probability > sum(members.values()) / 2 else family


def tags(probabilities: Probabilities, labels: Labels, threshold: float) -> tuple[Tag, ...]:
    """Return up to `MOST_TAGS` names and families of at least `threshold`, the likeliest first.

    A name that several classes share, or that is also a family's, is told once with its sum.
    """
    seen = [
        Tag(groups.keys[at], min(float(sums[at]), 1.0))
        for groups in (labels.families, labels.names)
        for sums in [groups.sums(probabilities)]
        for at in np.flatnonzero(sums >= threshold)
    ]
    return most_likely(seen)


def most_likely(seen: Iterable[Tag]) -> tuple[Tag, ...]:
    """Return the `MOST_TAGS` likeliest, the likeliest first."""
    return tuple(sorted(seen, key=lambda tag: (-tag.score, tag.name))[:MOST_TAGS])
