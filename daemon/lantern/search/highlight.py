"""Which words of a text answer a query, for the page and the terminal to mark.

Pure, and the same for every engine: it applies the matching rules to the text itself.
"""

from __future__ import annotations

from typing import NamedTuple

from lantern.search.inflection import forms
from lantern.search.query import Query, Term, demanded
from lantern.search.typo import edits_allowed, near
from lantern.search.words import spans

Places = list[tuple[int, int]]
"""Where words begin and end in a text, in order, disjoint."""


class Piece(NamedTuple):
    """A stretch of text, and whether it matched. Pieces in order make the whole text again."""

    text: str
    matched: bool


class Marker:
    """Finds the words that match `query` in one text after another.

    `forgiving` is that of `Results`: words with typos are marked as well, where a demanded word
    stands nowhere in the text as typed. Stop words are not marked. A page of photos has most of its
    words in common, so each is compared with the query once.
    """

    def __init__(self, query: Query, *, forgiving: bool = False) -> None:
        self._terms = demanded(query)
        self._wanted = [_Wanted.of(term) for term in self._terms]
        self._forgiving = forgiving
        self._as_typed: dict[str, frozenset[Term]] = {}
        self._nearly: dict[str, frozenset[Term]] = {}

    def places(self, text: str) -> Places:
        """Return the places in `text` of the words that match."""
        if not self._terms:
            return []
        typed = self._typed
        if not self._forgiving:
            return _disjoint([(start, end) for word, start, end in spans(text) if typed(word)])
        there = list(spans(text))
        missing = frozenset(self._terms).difference(*(typed(word) for word, _, _ in there))
        nearly = self._near if missing else typed
        return _disjoint([(s, e) for word, s, e in there if typed(word) or missing & nearly(word)])

    def _typed(self, word: str) -> frozenset[Term]:
        """Return the terms that `word` answers without typos."""
        if (known := self._as_typed.get(word)) is None:
            known = frozenset(wanted.term for wanted in self._wanted if wanted.answered_by(word))
            self._as_typed[word] = known
        return known

    def _near(self, word: str) -> frozenset[Term]:
        """Return the terms that `word` answers with typos at most."""
        if (known := self._nearly.get(word)) is None:
            known = frozenset(term for term in self._terms if _is_near(term, word))
            self._nearly[word] = known
        return known


class _Wanted(NamedTuple):
    """A term, and the words that answer it."""

    term: Term
    words: frozenset[str]

    @classmethod
    def of(cls, term: Term) -> _Wanted:
        return cls(term, frozenset((term.word, *forms(term.word))))

    def answered_by(self, word: str) -> bool:
        return word in self.words or (self.term.prefix and word.startswith(self.term.word))


def pieces(text: str, query: Query, *, forgiving: bool = False) -> list[Piece]:
    """Return `text` cut where words begin and cease to match `query`, see `Marker`."""
    found: list[Piece] = []
    at = 0
    for start, end in Marker(query, forgiving=forgiving).places(text):
        found += [Piece(text[at:start], matched=False), Piece(text[start:end], matched=True)]
        at = end
    found.append(Piece(text[at:], matched=False))
    return [piece for piece in found if piece.text]


def _is_near(term: Term, word: str) -> bool:
    return near(term.word, word, edits_allowed(term.word), prefix=term.prefix)


def _disjoint(places: Places) -> Places:
    """Return `places` joined where they overlap: in "1½" one sign ends a word and begins one."""
    found: Places = []
    for start, end in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
