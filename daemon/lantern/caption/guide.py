"""Guide the search to what people can be expected to say: each word is paid for runs it completes.

Pure. The beam alone finds likely sentences, and people's are not the likeliest. `choice` can only
take the best of what was found; this lets better ones be found. A run is paid what it adds to the
expected CIDEr of a sentence of usual length, which is known before the sentence is whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lantern.caption import decode
from lantern.caption.expectation import LONGEST, Expectation, Floats, Run

Numbers = npt.NDArray[np.intp]


class Guides:
    """Makes a guide for each picture, over a vocabulary of `words` words.

    `nats` are paid for a unit of expected CIDEr.
    """

    def __init__(self, expectation: Expectation, nats: float, words: int) -> None:
        self._words = words
        runs = expectation.runs
        self._prices = np.array([nats * expectation.share(run) for run in runs], np.float32)
        following: defaultdict[Run, list[tuple[int, int]]] = defaultdict(list)
        for column, run in enumerate(runs):
            following[run[:-1]].append((run[-1], column))
        self._following: dict[Run, tuple[Numbers, Numbers]] = {
            run: (np.array([word for word, _ in pairs]), np.array([at for _, at in pairs]))
            for run, pairs in following.items()
        }

    def of(self, amounts: Floats) -> decode.Guide:
        """Return the guide where people are expected to say `amounts`: `Expectation.of`."""
        paid = amounts * self._prices
        anywhere = np.zeros(self._words, np.float32)
        self._pay(anywhere, (), paid)

        def guide(written: Sequence[Run]) -> decode.Scores:
            nats = np.tile(anywhere, (len(written), 1))
            for row, words in zip(nats, written, strict=True):
                for length in range(1, min(LONGEST, len(words) + 1)):
                    self._pay(row, words[-length:], paid)
            return nats

        return guide

    def _pay(self, row: Floats, before: Run, paid: Floats) -> None:
        """Add to `row`, (words,), what each word is paid after `before`."""
        if before in self._following:
            words, columns = self._following[before]
            row[words] += paid[columns]
