"""How a query matches and ranks in the embedded index.

Every demanded word must match, and counts by its best match: as written, then in another form of
the word, then as a beginning, then with typos where no photo has the word; within each, in what a
person wrote, in the sentence, in the tags, elsewhere. Words side by side as typed count more. All
these are constants, not statistics: in a photo collection a frequent word is as good a match as a
rare one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache

from tantivy import FieldType, Occur
from tantivy import Query as Clause

from lantern.model import PhotoId
from lantern.search.embedded.fields import LABELS, SCHEMA, label_of
from lantern.search.facets import facet_of
from lantern.search.inflection import forms
from lantern.search.query import (
    MOST_STARS,
    Camera,
    DateRange,
    Described,
    InFolder,
    OfFormat,
    Placed,
    Query,
    Rated,
    Tagged,
    Term,
    Without,
    demanded,
    left_out,
)
from lantern.search.typo import edits_allowed, swapped

_WORTH = {"human": 3.0, "sentence": 2.0, "tags": 1.0, "all": 0.0}
_EXACT, _INFLECTED, _PREFIX = 12.0, 11.5, 6.0
_TYPO, _TYPO_PREFIX, _SECOND_EDIT = 4.0, 3.0, -2.0  # searched in `all` alone
_PHRASE = 2.0
_PHRASE_FIELDS = ("human", "sentence")
_PHRASE_SLOP = 1  # one word may stand between: "dog in snow", "dog in the snow"

_INDEXED = {"human": "position", "sentence": "position", "tags": "basic", "all": "basic"}


Narrowing = DateRange | Camera | Tagged | InFolder | Rated | OfFormat | Placed | Described
"""The filters that a photo passes by what it is, not by what it lacks."""

Known = Callable[[str], bool]
"""Whether any photo has this word."""


def unranked(query: Query, known: Known, *, forgiving: bool) -> Clause:
    """Return what finds the same photos as `ranked`, in a fraction of the time, without a score."""
    found = [_anywhere(term, known, forgiving) for term in demanded(query)]
    return _all_of(found, query, known)


def only(photos: Iterable[PhotoId]) -> Clause:
    """Return what finds these few photos: it costs two microseconds each."""
    return Clause.boolean_query([(Occur.Should, _photo(photo)) for photo in photos])


def _photo(photo: PhotoId) -> Clause:
    return Clause.term_query(SCHEMA, "id", photo, "basic")


def ranked(query: Query, known: Known, *, forgiving: bool) -> Clause:
    """Return what `query` asks for in the engine's terms; with typos where `forgiving`."""
    terms = demanded(query)
    side_by_side = [term.word for term in terms if not term.prefix]
    phrases = _PHRASE_FIELDS if len(side_by_side) > 1 else ()
    return _all_of(
        [_term(term, known, forgiving) for term in terms],
        query,
        known,
        better=[_phrase(field, side_by_side) for field in phrases],
    )


def _all_of(
    found: list[Clause], query: Query, known: Known, better: Sequence[Clause] = ()
) -> Clause:
    """Return what demands all of `found` and what `query` is narrowed to; `better` adds to it."""
    demands = [*found, *(_filter(each) for each in query.filters if not isinstance(each, Without))]
    unwanted = [_in_any_form(word, known) for word in left_out(query)]
    if not demands and not unwanted:
        return Clause.all_query()
    return Clause.boolean_query(
        [
            *((Occur.Must, clause) for clause in demands or [Clause.all_query()]),
            *((Occur.MustNot, clause) for clause in unwanted),
            *((Occur.Should, clause) for clause in better),
        ]
    )


def _term(term: Term, known: Known, forgiving: bool) -> Clause:
    matches = [*_as_typed(term, known)]
    if forgiving and _is_misspelt(term, known):
        matches += _with_typos(term, known)
    return Clause.disjunction_max_query(matches)


def _anywhere(term: Term, known: Known, forgiving: bool) -> Clause:
    """Return what finds `term` in `all`, which holds every word of the other fields."""
    misspelt = forgiving and _is_misspelt(term, known)
    matches = [_in_any_form(term.word, known)]
    matches += [_whole(word) for word in (filter(known, swapped(term.word)) if misspelt else ())]
    edits = edits_allowed(term.word) if misspelt else 0
    if edits or term.prefix:
        matches.append(_fuzzy("all", term.word, edits, prefix=term.prefix))
    return Clause.boolean_query([(Occur.Should, match) for match in matches])


def _in_any_form(word: str, known: Known) -> Clause:
    words = [word, *filter(known, forms(word))]
    return Clause.boolean_query([(Occur.Should, _whole(each)) for each in words])


def _whole(word: str) -> Clause:
    return Clause.term_query(SCHEMA, "all", word, _INDEXED["all"])


def _as_typed(term: Term, known: Known) -> Iterator[Clause]:
    worths = {form: _INFLECTED for form in forms(term.word) if known(form)} | {term.word: _EXACT}
    for field, more in _WORTH.items():
        for word, worth in worths.items():
            yield _exact(field, word, worth + more)
        if term.prefix and (field == "all" or len(term.word) > 1):
            begins = _fuzzy(field, term.word, edits=0, prefix=True)
            yield Clause.const_score_query(begins, _PREFIX + more)


@lru_cache(maxsize=4096)  # all words but the last are asked for again with each key
def _exact(field: str, word: str, worth: float) -> Clause:
    whole = Clause.term_query(SCHEMA, field, word, _INDEXED[field])
    return Clause.const_score_query(whole, worth)


def _is_misspelt(term: Term, known: Known) -> bool:
    """Tell whether no photo has `term` in any of its forms: then it may stand for another word."""
    return not any(map(known, (term.word, *forms(term.word))))


def _with_typos(term: Term, known: Known) -> Iterator[Clause]:
    """Yield what `term` may stand for.

    To look for two errors takes as long as all else. So a word that is still being typed is looked
    for with them once, as a beginning, which whole words are, too.
    """
    for word in filter(known, swapped(term.word)):
        yield _exact("all", word, _TYPO)
    for edits in range(1, edits_allowed(term.word) + 1):
        less = (edits - 1) * _SECOND_EDIT
        if edits == 1 or not term.prefix:
            whole = _fuzzy("all", term.word, edits, prefix=False)
            yield Clause.const_score_query(whole, _TYPO + less)
        if term.prefix:
            begins = _fuzzy("all", term.word, edits, prefix=True)
            yield Clause.const_score_query(begins, _TYPO_PREFIX + less)


def _fuzzy(field: str, word: str, edits: int, *, prefix: bool) -> Clause:
    return Clause.fuzzy_term_query(
        SCHEMA, field, word, edits, transposition_cost_one=True, prefix=prefix
    )


def _phrase(field: str, side_by_side: list[str]) -> Clause:
    return Clause.const_score_query(
        Clause.phrase_query(SCHEMA, field, list(side_by_side), _PHRASE_SLOP), _PHRASE
    )


def _filter(wanted: Narrowing) -> Clause:
    return Clause.const_score_query(_passing(wanted), 0.0)


def _passing(wanted: Narrowing) -> Clause:
    match wanted:
        case DateRange(first, last):
            return _between(first, last)
        case Rated(least):
            return Clause.range_query(SCHEMA, "rating", FieldType.Integer, least, MOST_STARS)
        case Camera(name) | OfFormat(name):
            return _having(facet_of(wanted), name)
        case Tagged(name) | InFolder(name):
            return _having(LABELS[facet_of(wanted)], label_of(name))
        case Placed() | Described():
            return _having(facet_of(wanted), True)


def _having(field: str, value: str | bool) -> Clause:
    return Clause.term_query(SCHEMA, field, value, "basic")


def _between(first: date | None, last: date | None) -> Clause:
    return Clause.range_query(
        SCHEMA,
        "taken",
        FieldType.Integer,
        lower_bound=_seconds(first or date.min, time.min),
        upper_bound=_seconds(last or date.max, time.max),
    )


def _seconds(day: date, at: time) -> int:
    return int(datetime.combine(day, at, tzinfo=UTC).timestamp())
