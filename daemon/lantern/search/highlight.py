"""Which words of a text answer a query, for the page and the terminal to mark.

Pure, and the same for every engine: it applies the matching rules to the text itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from lantern.search.inflection import forms
from lantern.search.query import Query, Term, demanded
from lantern.search.typo import edits_allowed, near
from lantern.search.words import Span, spans


class Piece(NamedTuple):
    """A stretch of text, and whether it matched. Pieces in order make the whole text again."""

    text: str
    matched: bool


def pieces(text: str, query: Query, *, forgiving: bool = False) -> list[Piece]:
    """Return `text` cut where words begin and cease to match `query`.

    `forgiving` is that of `Results`: words with typos are marked as well, where a demanded word
    stands nowhere in the text as typed. Stop words are not marked.
    """
    found: list[Piece] = []
    at = 0
    for start, end in matches(text, query, forgiving=forgiving):
        found += [Piece(text[at:start], matched=False), Piece(text[start:end], matched=True)]
        at = end
    found.append(Piece(text[at:], matched=False))
    return [piece for piece in found if piece.text]


def matches(text: str, query: Query, *, forgiving: bool = False) -> list[tuple[int, int]]:
    """Return the (start, end) places in `text` of the words that match, in order, disjoint."""
    terms = demanded(query)
    there = list(spans(text)) if terms else []
    return _disjoint({place for term in terms for place in _places(term, there, forgiving)})


def _disjoint(places: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return `places` in order, joined where they overlap: in "1½" one sign ends and begins one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _places(term: Term, there: Sequence[Span], forgiving: bool) -> list[tuple[int, int]]:
    as_typed = [(s.start, s.end) for s in there if _matches(term, s.word)]
    if as_typed or not forgiving:
        return as_typed
    edits = edits_allowed(term.word)
    return [(s.start, s.end) for s in there if near(term.word, s.word, edits, prefix=term.prefix)]


def _matches(term: Term, word: str) -> bool:
    begins = term.prefix and word.startswith(term.word)
    return begins or word == term.word or word in forms(term.word)
