"""Score sentences against human references: BLEU-1 to BLEU-4 and CIDEr.

pycocoevalcap's scorers over this project's tokenizer (`lantern.caption.vocabulary.tokenize`), not
over the Penn Treebank one that papers use: figures compare with each other, not with papers'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider

from lantern.caption.vocabulary import tokenize


@dataclass(frozen=True)
class Figures:
    """Corpus scores of one set of sentences; BLEU in [0, 1], CIDEr in [0, 10]."""

    photos: int
    bleu1: float
    bleu2: float
    bleu3: float
    bleu4: float
    cider: float


def score(sentences: Mapping[str, str], references: Mapping[str, Sequence[str]]) -> Figures:
    """Return the figures of `sentences`, one a photo, against all `references` of that photo."""
    said = {photo: [_plain(sentence)] for photo, sentence in sentences.items()}
    meant = {photo: [_plain(human) for human in references[photo]] for photo in said}
    bleu, _ = Bleu(4).compute_score(meant, said, verbose=0)
    cider, _ = Cider().compute_score(meant, said)
    return Figures(len(said), *(float(value) for value in bleu), float(cider))


def _plain(sentence: str) -> str:
    return " ".join(tokenize(sentence))
