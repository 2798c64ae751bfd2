"""Beam search: the likeliest sentences under a model of the next word.

Pure: the model is a function passed in, which keeps each hypothesis's past itself and is told at
every step which hypotheses live on. Word numbers go in and out; `vocabulary` knows the words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from lantern.caption.vocabulary import END, PAD, START, START_MACHINE, UNKNOWN

BANNED = (PAD, START, UNKNOWN, START_MACHINE)
"""Numbers that mean no word and are never written."""

FAVOUR = 5.0
"""Added to the log-probability of a favoured word, in nats: it wins unless it is out of place."""

Scores = npt.NDArray[np.float32]

Step = Callable[[npt.NDArray[np.int32], npt.NDArray[np.int32], int], Scores]
"""`step(tokens, parents, position)` → (beam, words) log-probabilities of what follows `tokens`.

`tokens`, (beam,), stand at `position` of the hypotheses; hypothesis i continues what hypothesis
`parents[i]` of the step before had written.
"""

Guide = Callable[[Sequence[tuple[int, ...]]], Scores]
"""`guide(written)` → (beam, words): what each word is worth after each of `written`, in nats.

That is beside its log-probability, so that the search finds other sentences than the likeliest.
"""


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How sentences are searched.

    `beam` hypotheses are kept; `length_penalty` is explained at `Hypothesis.worth`; `steps` is the
    longest sentence in tokens, its end included; no run of `unrepeated` words is written twice.
    The search goes on for `least` steps at least, though nothing could beat the likeliest any more:
    what else it finishes on the way is there to be chosen from.
    """

    beam: int
    length_penalty: float
    steps: int
    unrepeated: int = 3
    least: int = 0


@dataclass(frozen=True)
class Hypothesis:
    """A sentence as word numbers, its end left out, and the sum of its log-probabilities.

    The sum counts the end as a token; a sentence cut off by the allowed steps has none.
    """

    words: tuple[int, ...]
    log_probability: float
    tokens: int

    @property
    def score(self) -> float:
        """Return the geometric mean of the tokens' probabilities, in (0, 1]."""
        return math.exp(self.log_probability / self.tokens)

    def less(self, log_probability: float) -> Hypothesis:
        """Return the same sentence with `log_probability` taken off its sum."""
        return replace(self, log_probability=self.log_probability - log_probability)

    def worth(self, penalty: float) -> float:
        """Return what beams are ranked by: log-probability over length to the power `penalty`.

        Wu et al., arXiv:1609.08144, section 7, in its simplest form.
        """
        return self.log_probability / float(self.tokens**penalty)


def beam_search(
    step: Step,
    search: Search,
    favoured: frozenset[int] = frozenset(),
    unending: frozenset[int] = frozenset(),
    guide: Guide | None = None,
) -> list[Hypothesis]:
    """Return finished sentences under `step`, the best first; never none.

    The first of the `favoured` words in a sentence is preferred by `FAVOUR`. That, and what the
    `guide` adds, is taken out of the log-probabilities again that are returned. None of the
    `unending` words is the last one, unless the steps run out there.
    """
    beam, penalty, steps = search.beam, search.length_penalty, search.steps
    tokens = np.full(beam, START, np.int32)
    parents = np.arange(beam, dtype=np.int32)
    # All hypotheses begin alike, so only the first may be continued at first.
    totals = np.full(beam, -np.inf, np.float32)
    totals[0] = 0.0
    # What the totals hold beside log-probabilities.
    lent = np.zeros(beam, np.float32)
    written: list[tuple[int, ...]] = [()] * beam
    finished: list[tuple[Hypothesis, float]] = []
    for position in range(steps):
        scores = step(tokens, parents, position)
        extra = np.zeros_like(scores) if guide is None else guide(written)
        for row, words in enumerate(written):
            if favoured.isdisjoint(words):
                extra[row, list(favoured)] += FAVOUR
        continued = totals[:, None] + scores + extra
        continued[:, BANNED] = -np.inf
        for row, words in enumerate(written):
            continued[row, _repeating(words, search.unrepeated)] = -np.inf
            if not unending.isdisjoint(words[-1:]):
                continued[row, END] = -np.inf
        ranked = _best(continued, 2 * beam)
        finished += [
            (
                Hypothesis(written[parent], total, position + 1),
                float(lent[parent] + extra[parent, END]),
            )
            for parent, word, total in ranked
            if word == END
        ]
        going = [candidate for candidate in ranked if candidate[1] != END][:beam]
        written = [(*written[parent], word) for parent, word, _ in going]
        parents = np.array([parent for parent, _, _ in going], np.int32)
        tokens = np.array([word for _, word, _ in going], np.int32)
        totals = np.array([total for _, _, total in going], np.float32)
        lent = lent[parents] + extra[parents, tokens]
        enough = position + 1 >= search.least
        if enough and _settled(finished, float(totals[0]), penalty, steps):
            break
    if not finished:
        cut_off = Hypothesis(written[0], float(totals[0]), len(written[0]))
        finished = [(cut_off, float(lent[0]))]
    honest = [hypothesis.less(borrowed) for hypothesis, borrowed in finished]
    return sorted(honest, key=lambda hypothesis: -hypothesis.worth(penalty))


def _repeating(words: tuple[int, ...], length: int) -> list[int]:
    """Return the words that would end a run of `length` words standing earlier in `words`.

    Nor does a word ever follow itself.
    """
    said = length - 1
    last = words[-said:]
    return list(words[-1:]) + [
        words[start + said]
        for start in range(len(words) - said)
        if words[start : start + said] == last
    ]


def _best(continued: Scores, count: int) -> list[tuple[int, int, float]]:
    """Return the `count` best (parent, word, total), the best first."""
    flat = continued.ravel()
    top = np.argpartition(-flat, count)[:count]
    top = top[np.argsort(-flat[top], kind="stable")]
    words = continued.shape[1]
    return [(int(index) // words, int(index) % words, float(flat[index])) for index in top]


def _settled(
    finished: list[tuple[Hypothesis, float]], best_going: float, penalty: float, steps: int
) -> bool:
    """Tell whether nothing that is still going can beat the best that has finished."""
    if not finished:
        return False
    best = max(hypothesis.worth(penalty) for hypothesis, _ in finished)
    return best_going / float(steps**penalty) <= best
