"""Choose among finished sentences: by what people can be expected to write about the picture.

The decoder's likeliest sentence is seldom its best. Which one is, is told by its own worth, its
likeness to the other hypotheses, the CIDEr to be expected of it (`expectation`) and whether the
encoder sees what it says. Choosing the sentence most like what was written of pictures alike is
Devlin et al.'s (arXiv:1505.04467); there the pictures were looked up, here a regression tells.

Pure: hypotheses, amounts and concepts in, an order out. `decode` finds the hypotheses,
led by `guide`; `scripts/workshop/choice.py` fits the weights.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from lantern.caption.decode import Hypothesis
from lantern.caption.expectation import LONGEST, SCALE, Expectation, Floats, Run

SIGMA = 6.0
"""Of CIDEr-D's penalty on a difference in length, in words."""


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a unit of each measure counts, in nats, beside a hypothesis's worth.

    That is `Hypothesis.worth`. `tokens`: their number, the end included. `likeness`: the CIDEr-D to
    the hypotheses, itself among them, each by its probability. `expected`: the expected CIDEr.
    `logits` and `shares`: the sums of the logits and of the probabilities of the concepts that the
    sentence names.
    """

    tokens: float
    likeness: float
    expected: float
    logits: float
    shares: float


@dataclass(frozen=True)
class Weighed:
    """A sentence in CIDEr's space: its runs by length, each with its weight, and their norms."""

    words: int
    runs: tuple[dict[Run, float], ...]
    norms: tuple[float, ...]

    def likeness(self, meant: Weighed) -> float:
        """Return the CIDEr-D, in [0, 10], of this sentence where `meant` is the only reference."""
        cosines = sum(
            _clipped_product(mine, theirs) / (norm * their_norm)
            for mine, theirs, norm, their_norm in zip(
                self.runs, meant.runs, self.norms, meant.norms, strict=True
            )
            if norm and their_norm
        )
        return SCALE * cosines * math.exp(-((self.words - meant.words) ** 2) / (2 * SIGMA**2))

    def expected(self, amounts: Mapping[Run, float], rarity: Callable[[Run], float]) -> float:
        """Return the CIDEr of this sentence where people say so much of each run.

        As a mean over their sentences it is linear in `amounts`, which `Expectation.among` gives.
        People seldom say a run twice in a sentence, so a run counts once, as CIDEr-D clips it;
        the care of CIDEr-D for length is left out.
        """
        return sum(
            rarity(run) / norm * amounts.get(run, 0.0)
            for runs, norm in zip(self.runs, self.norms, strict=True)
            for run in runs
            if norm
        )


@dataclass(frozen=True)
class Choice:
    """An order of hypotheses, by what `expectation` makes of them and what that weighs."""

    expectation: Expectation
    weights: Weights

    def ranked(
        self, found: Sequence[Hypothesis], amounts: Floats, logits: Floats, penalty: float
    ) -> list[Hypothesis]:
        """Return `found`, the best first; a sentence found twice is told once, at its likeliest.

        `amounts` are what `expectation` makes of the picture, `logits`, (concepts,), the
        concepts'; `penalty` is the search's for length.
        """
        rising = sorted(found, key=lambda hypothesis: (hypothesis.worth(penalty), hypothesis.words))
        distinct = list({hypothesis.words: hypothesis for hypothesis in rising}.values())
        worth = np.array([hypothesis.worth(penalty) for hypothesis in distinct])
        measured = measure(distinct, self.expectation, amounts, logits)
        total = worth + measured @ np.array(msgspec.structs.astuple(self.weights))
        return [distinct[number] for number in np.argsort(-total, kind="stable")]


def measure(
    found: Sequence[Hypothesis], expectation: Expectation, amounts: Floats, logits: Floats
) -> npt.NDArray[np.float64]:
    """Return (hypotheses, measures): of each one what the fields of `Weights` are weights of."""
    sentences = [weigh(hypothesis.words, expectation.rarity) for hypothesis in found]
    runs = {run for sentence in sentences for part in sentence.runs for run in part}
    said = expectation.among(runs, amounts)
    shares = _shares(found)
    return np.array(
        [
            (
                hypothesis.tokens,
                sum(map(operator.mul, shares, map(sentence.likeness, sentences))),
                sentence.expected(said, expectation.rarity),
                *_named(logits[_concepts(hypothesis.words, expectation)]),
            )
            for hypothesis, sentence in zip(found, sentences, strict=True)
        ]
    )


def weigh(words: Run, rarity: Callable[[Run], float]) -> Weighed:
    """Return `words` in CIDEr's space: a run weighs how often it stands there times its rarity."""
    runs = tuple(
        {run: count * rarity(run) for run, count in _counted(words, length).items()}
        for length in range(1, LONGEST + 1)
    )
    norms = tuple(math.sqrt(sum(weight**2 for weight in part.values())) for part in runs)
    return Weighed(len(words), runs, norms)


def _counted(words: Run, length: int) -> Counter[Run]:
    return Counter(words[start : start + length] for start in range(len(words) - length + 1))


def _clipped_product(said: Mapping[Run, float], meant: Mapping[Run, float]) -> float:
    return sum(min(weight, meant[run]) * meant[run] for run, weight in said.items() if run in meant)


def _shares(found: Sequence[Hypothesis]) -> list[float]:
    """Return the hypotheses' probabilities, as if there were no others."""
    logs = np.array([hypothesis.log_probability for hypothesis in found])
    odds = np.exp(logs - logs.max())
    shares: list[float] = (odds / odds.sum()).tolist()
    return shares


def _concepts(words: Run, expectation: Expectation) -> list[int]:
    known = expectation.concepts
    return sorted({known[word] for word in words if word in known})


def _named(logits: Floats) -> tuple[float, float]:
    """Return the sums of `logits` and of their probabilities: 1 / (1 + exp(-x)), no overflow."""
    return float(logits.sum()), float((0.5 + 0.5 * np.tanh(0.5 * logits)).sum())
