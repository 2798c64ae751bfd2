"""Which words of a text answer a query, for the page and the terminal to mark.

Pure, and the same for every engine: it applies the matching rules to the text itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
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
        self._meant: dict[frozenset[str], frozenset[str]] = {}
        """Which of the words of one text are to be marked."""

    def places(self, text: str) -> Places:
        """Return the places in `text` of the words that match."""
        return self.places_in_each([text])[0]

    def places_in_each(self, texts: Sequence[str]) -> list[Places]:
        """Return what `places` returns for each of `texts`: for many, in a fraction of the time."""
        if not self._terms:
            return [[] for _ in texts]
        together = plain(_APART.join(texts))
        if together is not None:
            return self._in_plain(together, texts)
        if len(texts) == 1:
            return [self._in_any(texts[0])]
        return [self.places(text) for text in texts]

    def _in_any(self, text: str) -> Places:
        there = list(spans(text))
        answering = self._answering(frozenset(span.word for span in there))
        return _disjoint([(span.start, span.end) for span in there if span.word in answering])

    def _in_plain(self, together: str, texts: Sequence[str]) -> list[Places]:
        """Return the places in each of `texts`; `together` is what `words.plain` made of them."""
        begins = list(accumulate((len(text) + len(_APART) for text in texts), initial=0))
        padded = f" {together} "
        ends: dict[int, int] = {}
        for sought in self._sought(together):
            ends |= _places(sought, padded)
        found: list[Places] = [[] for _ in texts]
        for start, end in sorted(ends.items()):
            at = bisect_right(begins, start) - 1
            found[at].append((start - begins[at], end - begins[at]))
        if self._nearly:
            return [self._as_meant(*both) for both in zip(found, texts, strict=True)]
        return found

    def _sought(self, together: str) -> Iterable[str]:
        """Return what may have to be marked in plain texts, as `_places` takes it."""
        if not self._forgiving:
            return self._typed_so
        uncut = set(together.split())
        self._compare({word[:MAX_WORD] for word in uncut})
        answering = self._typed.keys() | self._nearly.keys()
        return [f" {word} " for word in uncut if word[:MAX_WORD] in answering]

    def _as_meant(self, places: Places, text: str) -> Places:
        """Return those `places` of a plain `text` whose words are to be marked, see `Marker`."""
        if not places:
            return places
        words = [text[start:end].lower()[:MAX_WORD] for start, end in places]
        answering = self._answering(frozenset(words))
        return [place for place, word in zip(places, words, strict=True) if word in answering]

    def _answering(self, words: frozenset[str]) -> frozenset[str]:
        """Return those of `words`, the words of one text, that are to be marked."""
        if (known := self._meant.get(words)) is not None:
            return known
        self._compare(words)
        typed = words.intersection(self._typed)
        missing = self._all.difference(*(self._typed[word] for word in typed))
        nearly = words.intersection(self._nearly) if missing else ()
        found = typed.union(word for word in nearly if missing & self._nearly[word])
        self._meant[words] = found
        return found

    def _compare(self, words: Set[str]) -> None:
        """Note which terms each of `words` answers."""
        new = words - self._compared
        self._compared |= new
        for wanted in self._wanted if new else ():
            for word in wanted.among(new):
                self._typed.setdefault(word, set()).add(wanted.term)
            for word in _near(wanted.term, new) if self._forgiving else ():
                self._nearly.setdefault(word, set()).add(wanted.term)


class _Wanted(NamedTuple):
    """A term, and the words that answer it."""

    term: Term
    words: frozenset[str]

    @classmethod
    def of(cls, term: Term) -> _Wanted:
        return cls(term, frozenset((term.word, *forms(term.word))))

    def among(self, words: Set[str]) -> Set[str]:
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


def _places(sought: str, padded: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the words that `sought`, which begins with a space, is found at.

    `padded` is what `words.plain` returned between two spaces; places are counted without them.
    """
    at = padded.find(sought)
    while at >= 0:
        yield at, padded.find(" ", at + 1) - 1
        at = padded.find(sought, at + 1)


def _near(term: Term, words: Set[str]) -> set[str]:
    edits = edits_allowed(term.word)
    nearly = near_among(term.word, words, edits, prefix=term.prefix)
    return {*nearly, *(words & {*swapped(term.word)})}


def _disjoint(places: Places) -> Places:
    """Return `places` joined where they overlap: in "1½" one sign ends a word and begins one."""
    found: Places = []
    for start, end in places:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
