"""Words and their numbers: what the decoder's tokens mean.

Pure. The table itself is `models/vocabulary.txt`, one word a line; a word's number is its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

PAD = 0
START = 1
END = 2
UNKNOWN = 3
START_MACHINE = 4
"""Begins sentences that no human wrote, in training only: so their manner stays their own."""

SPECIAL = ("<pad>", "<start>", "<end>", "<unknown>", "<start-machine>")

UNENDING = frozenset(
    {"a", "an", "and", "are", "at", "her", "his", "is", "its", "of", "the", "their", "to", "with"}
)
"""Words that a sentence breaks off after: training for a score teaches that now and then."""

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def tokenize(sentence: str) -> list[str]:
    """Return the lower-case words of `sentence`: letters and digits, one inner apostrophe kept.

    Hyphens part words ("tri-colored" is two) and punctuation is dropped. This is the tokenizer of
    all our figures; it is not the Penn Treebank one that papers use.
    """
    return _WORD.findall(sentence.lower().replace("-", " "))


@dataclass(frozen=True)
class Vocabulary:
    """An ordered table of words, the first of them `SPECIAL`."""

    words: tuple[str, ...]

    @classmethod
    def from_text(cls, text: str) -> Vocabulary:
        """Return the vocabulary of a table of one word a line.

        Raises:
            ValueError: the table does not begin with the special words, or holds a word twice.
        """
        words = tuple(text.split())
        if words[: len(SPECIAL)] != SPECIAL:
            raise ValueError(
                f"vocabulary: expected {' '.join(SPECIAL)} first, got {' '.join(words[:5])}"
            )
        if len(set(words)) != len(words):
            raise ValueError("vocabulary: expected every word once, got a repeated one")
        return cls(words)

    def to_text(self) -> str:
        """Return the table of one word a line that `from_text` reads."""
        return "\n".join(self.words) + "\n"

    def numbers(self, words: Iterable[str]) -> list[int]:
        """Return the number of each word, `UNKNOWN` where the table lacks it."""
        return [self._numbers.get(word, UNKNOWN) for word in words]

    def sentence(self, numbers: Sequence[int]) -> str:
        """Return the words of `numbers` as a lower-case sentence without a full stop."""
        return " ".join(self.words[number] for number in numbers)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}
