"""What a query with typing errors was taken for, told from the first photos that it found.

Pure, and the same for every engine: none says which of its words it took for which. So the words of
the photos are compared with those that were typed, by the rule of `search.typo`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from lantern.search.inflection import forms
from lantern.search.query import Query, Term, demanded
from lantern.search.typo import edits_allowed, errors_between, may_be_near, swapped

LOOKED_AT = 4
"""Photos that are read: the first ones are the best, and a visitor waits."""


def read_as(query: Query, photos: Iterable[Iterable[str]]) -> str:
    """Return the words of `query` as they were matched: "dog in the snow" for "dog in the snwo".

    `photos` are the words (`search.document.all_words`) of each photo that a forgiving search
    found, the best first; the first `LOOKED_AT` are read. A word that stands in one of them as
    typed, in another form or, unfinished, as its beginning, is kept as typed; any other becomes the
    nearest word of theirs, whole where only its beginning was typed. Words are folded, as those of
    `query` are, and date filters are not among them.

    Returns "" where every word was matched as typed, and where one is near to no word at all.
    """
    read = [frozenset(words) for words in islice(photos, LOOKED_AT)]
    readings = {term.word: _reading(term, read) for term in demanded(query)}
    if None in readings.values():
        return ""
    words = [readings.get(word) or word for word in query.words]
    return " ".join(words) if tuple(words) != query.words else ""


class _Near(NamedTuple):
    """How far a word is from the one typed: less is nearer."""

    errors: int
    to_the_end: int
    fewer_photos: int
    word: str


def _reading(term: Term, photos: Sequence[frozenset[str]]) -> str | None:
    """Return what `term` was taken for, None where nothing in `photos` is near it."""
    if any(_as_typed(term, words) for words in photos):
        return term.word
    allowed = edits_allowed(term.word)
    counts = Counter(word for words in photos for word in words)
    nearest = min(_nearby(term, counts, allowed), default=None)
    return nearest.word if nearest else None


def _as_typed(term: Term, words: frozenset[str]) -> bool:
    if term.word in words or not words.isdisjoint(forms(term.word)):
        return True
    return term.prefix and any(word.startswith(term.word) for word in words)


def _nearby(term: Term, counts: Counter[str], allowed: int) -> Iterable[_Near]:
    for word in counts.keys() & set(swapped(term.word)):
        yield _Near(1, 1, -counts[word], word)
    for word, photos in counts.items():
        if not may_be_near(term.word, word, allowed, prefix=term.prefix):
            continue
        row = errors_between(term.word, word)
        errors = min(row) if term.prefix else row[-1]
        if errors <= allowed:
            yield _Near(errors, row[-1], -photos, word)
