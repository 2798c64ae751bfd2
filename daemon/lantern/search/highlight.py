"""Which words of a text answer a query, for the page and the terminal to mark.

Pure, and the same for every engine: it applies the matching rules to the text itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from lantern.search.inflection import forms
from lantern.search.query import Query, Term, demanded
from lantern.search.typo import edits_allowed, near_among, swapped
from lantern.search.words import MAX_WORD, plain, spans

_APART = "\n"
"""Between texts that are looked at together: no word goes on behind it."""

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
        self._compared: set[str] = set()
        self._typed: dict[str, set[Term]] = {}
        self._nearly: dict[str, set[Term]] = {}
        """Which words were compared with the query, and which terms they answer."""

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

    def places_in_each(self, texts: Sequence[str]) -> list[Places]:
        """Return what `places` returns for each of `texts`: for many, in a fraction of the time."""
        together = plain(_APART.join(texts)) if self._terms else None
        if together is None:
            return [self.places(text) for text in texts]
        if self._forgiving:
            self._compare({word[:MAX_WORD] for word in together.split()})
            return [self.places(text) for text in texts]
        found: list[Places] = [[] for _ in texts]
        starts = [0, *accumulate(len(text) + len(_APART) for text in texts)]
        for start, end in sorted({place for s in self._typed_so for place in _places(s, together)}):
            text = bisect_right(starts, start) - 1
            found[text].append((start - starts[text], end - starts[text]))
        return found

    def _sought(self, gapped: str) -> Iterable[str]:
        """Return what to mark in `gapped`, as `_places` takes it."""
        if not self._forgiving:
            return self._typed_so
        uncut = set(gapped.split())
        answering = self._answering({word[:MAX_WORD] for word in uncut})
        return [f" {word} " for word in uncut if word[:MAX_WORD] in answering]

    def _answering(self, words: set[str]) -> set[str]:
        """Return those of `words`, the words of one text, that are to be marked."""
        if new := words - self._compared:
            self._compare(new)
        found = words & self._typed.keys()
        missing = self._all.difference(*(self._typed[word] for word in found))
        if missing and self._forgiving:
            nearly = words & self._nearly.keys()
            found |= {word for word in nearly if missing & self._nearly[word]}
        return found

    def _compare(self, words: set[str]) -> None:
        """Note which terms each of `words` answers."""
        self._compared |= words
        for wanted in self._wanted:
            for word in wanted.among(words):
                self._typed.setdefault(word, set()).add(wanted.term)
            for word in _near(wanted.term, words) if self._forgiving else ():
                self._nearly.setdefault(word, set()).add(wanted.term)


class _Wanted(NamedTuple):
    """A term, and the words that answer it."""

    term: Term
    words: frozenset[str]

    @classmethod
    def of(cls, term: Term) -> _Wanted:
        return cls(term, frozenset((term.word, *forms(term.word))))

    def among(self, words: set[str]) -> set[str]:
        """Return those of `words` that answer it."""
        found = words & self.words
        if self.term.prefix:
            found |= {word for word in words if word.startswith(self.term.word)}
        return found

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


def _near(term: Term, words: set[str]) -> set[str]:
    edits = edits_allowed(term.word)
    nearly = near_among(term.word, words, edits, prefix=term.prefix)
    return words.intersection(swapped(term.word)).union(nearly)


def _disjoint(places: Places) -> Places:
    """Return `places` joined where they overlap: in "1½" one sign ends a word and begins one."""
    found: Places = []
    for start, end in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
