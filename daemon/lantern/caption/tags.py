"""What the encoder's 1,000 classes are called, and which of them a picture shows.

Pure. `models/labels.tsv` gives each class an everyday name and, where it has one, the family that
people would search for: a beagle is also a dog, and the dogs' probabilities add up, so that a
picture of some dog says "dog" although no single breed is sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lantern.model import Tag

MOST_TAGS = 5

Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Label:
    """One class: its everyday name, and its family's name or an empty string."""

    name: str
    family: str


Labels = tuple[Label, ...]


def read_labels(table: str) -> Labels:
    """Return the labels of a table of lines `index<TAB>name<TAB>family`, in the order of the index.

    Raises:
        ValueError: a line is malformed, or an index is missing, repeated or out of order.
    """
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    for expected, row in enumerate(rows):
        if len(row) != 3 or row[0] != str(expected):
            raise ValueError(f"labels: expected class {expected} with name and family, got {row}")
    return tuple(Label(name, family) for _, name, family in rows)


def softmax(logits: Probabilities) -> Probabilities:
    """Return the probabilities, (classes,), of `logits`."""
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum(), np.float32)


def family_scores(probabilities: Probabilities, labels: Labels) -> dict[str, float]:
    """Return each family's summed probability."""
    scores: dict[str, float] = {}
    for label, probability in zip(labels, probabilities.tolist(), strict=True):
        if label.family:
            scores[label.family] = scores.get(label.family, 0.0) + probability
    return scores


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
    scores = family_scores(probabilities, labels)
    families = frozenset(scores)
    for label, probability in zip(labels, probabilities.tolist(), strict=True):
        if label.name not in families:
            scores[label.name] = scores.get(label.name, 0.0) + probability
    seen = [Tag(name, min(score, 1.0)) for name, score in scores.items() if score >= threshold]
    return tuple(sorted(seen, key=lambda tag: (-tag.score, tag.name))[:MOST_TAGS])
