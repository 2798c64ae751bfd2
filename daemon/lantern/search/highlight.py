"""Which words of a text answer a query, for the page and the terminal to mark.

Pure, and the same for every engine: it applies the matching rules to the text itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lantern.search.inflection import forms
from lantern.search.query import Query, Term, demanded
from lantern.search.typo import edits_allowed, near, swapped
from lantern.search.words import MAX_WORD, plain, spans

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
        self._all = frozenset(self._terms)
        self._forgiving = forgiving
        self._typed_so = {sought for wanted in self._wanted for sought in wanted.sought()}
        self._as_typed: dict[str, frozenset[Term]] = {}
        self._nearly: dict[str, frozenset[Term]] = {}

    def places(self, text: str) -> Places:
        """Return the places in `text` of the words that match."""
        if not self._terms:
            return []
        gapped = plain(text)
        if gapped is None:
            there = list(spans(text))
            answering = self._answering({span.word for span in there})
            return _disjoint([(span.start, span.end) for span in there if span.word in answering])
        return sorted(
            {place for sought in self._sought(gapped) for place in _places(sought, gapped)}
        )

    def _sought(self, gapped: str) -> Iterable[str]:
        """Return what to mark in `gapped`, as `_places` takes it."""
        if not self._forgiving:
            return self._typed_so
        uncut = set(gapped.split())
        answering = self._answering({word[:MAX_WORD] for word in uncut})
        return [f" {word} " for word in uncut if word[:MAX_WORD] in answering]

    def _answering(self, words: Iterable[str]) -> set[str]:
        """Return those of `words`, the words of one text, that are to be marked."""
        found = {word for word in words if self._typed(word)}
        if self._forgiving:
            missing = self._all.difference(*map(self._typed, found))
            found |= {word for word in words if missing & self._near(word)} if missing else set()
        return found

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

    def sought(self) -> Iterator[str]:
        """Yield the same words behind a space; before one, too, unless they may go on."""
        for word in self.words:
            goes_on = len(word) >= MAX_WORD or (self.term.prefix and word == self.term.word)
            yield f" {word}" if goes_on else f" {word} "


def pieces(text: str, query: Query, *, forgiving: bool = False) -> list[Piece]:
    """Return `text` cut where words begin and cease to match `query`, see `Marker`."""
    found: list[Piece] = []
    at = 0
    for start, end in Marker(query, forgiving=forgiving).places(text):
        found += [Piece(text[at:start], matched=False), Piece(text[start:end], matched=True)]
        at = end
    found.append(Piece(text[at:], matched=False))
    return [piece for piece in found if piece.text]


def _places(sought: str, gapped: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the words that `sought`, which begins with a space, is found at.

    `gapped` is what `words.plain` returned; here it also begins and ends with a space.
    """
    padded = f" {gapped} "
    at = padded.find(sought)
    while at >= 0:
        yield at, padded.find(" ", at + 1) - 1
        at = padded.find(sought, at + 1)


def _is_near(term: Term, word: str) -> bool:
    edits = edits_allowed(term.word)
    return word in swapped(term.word) or near(term.word, word, edits, prefix=term.prefix)


def _disjoint(places: Places) -> Places:
    """Return `places` joined where they overlap: in "1½" one sign ends a word and begins one."""
    found: Places = []
    for start, end in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
