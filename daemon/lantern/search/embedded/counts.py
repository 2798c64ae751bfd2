"""Count the photos that match, and by what they could be narrowed down to.

Each facet walks a column of the index for every photo found, so only what was asked for is counted.
What very many are found by is typed by many, as a search begins with one letter: such counts are
kept for as long as the index stays as it is.

Months are counted by number, in half the time that their names take. So are folders and tags: the
engine would look up the name of each that any photo has, which takes longer than to count them. The
names of those that are told are looked up here, once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import tantivy
from tantivy import Query as Clause

from lantern.search.embedded.fields import LABELS, label_begin, month_in, name_in
from lantern.search.facets import FLAGS, YES, below, columns, told
from lantern.search.port import MOST_VALUES, Facets
from lantern.search.query import Facet, Query

MANY = 5000
"""Photos from which on their counts are kept; fewer are counted in a moment."""

MOST_KEPT = 64
"""Each takes some 50 KB."""

_ALL = 65_000
"""More values than a facet has: if a segment of the index told fewer, sums would lack photos."""

_RISING = {"_key": "asc"}

_PHOTOS = "id"
"""Every photo has one."""


Count = tuple[str, int]
"""A value, and how many photos have it."""


class Counted(NamedTuple):
    """How many photos there are, and how many of them have which value."""

    photos: int
    facets: Facets


Names = dict[tuple[str, int], str]
"""Names by their field and number: they mean the same in every state of the index."""


class Counts:
    """Counts in one state of the index. Safe to share between threads.

    `names` are those that were looked up so far, in other states, too.
    """

    def __init__(self, searcher: tantivy.Searcher, names: Names) -> None:
        self._searcher = searcher
        self._one_keeps = threading.Lock()
        self._kept: dict[tuple[Query, bool], Counted] = {}
        self._names = names

    def of(self, query: Query, found: Clause, *, forgiving: bool = False) -> Counted:
        """Return how many photos `found` finds, and the counts for each of `query.facets`.

        `found` is what `query` asks for, `forgiving` or not.
        """
        alone = msgspec.structs.replace(query, offset=0, limit=0, sort="relevance", also=())
        asked = alone, forgiving
        if (kept := self._kept.get(asked)) is not None:
            return kept
        counted = self._count(query, found)
        if counted.photos >= MANY:
            self._keep(asked, counted)
        return counted

    def _keep(self, asked: tuple[Query, bool], counted: Counted) -> None:
        with self._one_keeps:
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[asked] = counted

    def _count(self, query: Query, found: Clause) -> Counted:
        asked = columns(query)
        wanted = {str(facet): _asked(facet, column) for facet, column in asked.items()}
        answer = self._searcher.aggregate(found, {_PHOTOS: _valued(_PHOTOS), **wanted})
        counts = {facet: told(facet, self._read(facet, answer[facet], query)) for facet in asked}
        return Counted(int(answer[_PHOTOS]["value"]), Facets(**counts))

    def _read(self, facet: Facet, answer: dict[str, Any], query: Query) -> Iterable[Count]:
        if facet in FLAGS:
            return [(YES, int(answer["value"]))]
        counts = [(bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"]]
        if facet == "month":
            return [(month_in(number), photos) for number, photos in counts]
        if facet == "folder":
            return below(query, self._named(facet, counts))
        if facet == "tag":
            return self._named(facet, counts)
        return [(str(value), photos) for value, photos in counts]

    def _named(self, facet: Facet, counts: Iterable[tuple[int, int]]) -> Iterator[Count]:
        """Yield `counts`, which are by number, by names."""
        field = LABELS[facet]
        return ((self._name(field, int(number)), photos) for number, photos in counts)

    def _name(self, field: str, number: int) -> str:
        if (name := self._names.get((field, number))) is None:
            (label, _), *_ = self._searcher.terms_with_prefix(field, label_begin(number))
            name = self._names[field, number] = name_in(label)
        return name


def _asked(facet: Facet, column: str) -> dict[str, Any]:
    if facet in FLAGS:
        return _valued(column)
    if facet == "month":  # all, in their order
        return {"terms": {"field": column, "size": _ALL, "segment_size": _ALL, "order": _RISING}}
    return {"terms": {"field": column, "size": MOST_VALUES, "segment_size": _ALL}}


def _valued(field: str) -> dict[str, Any]:
    """Return the question how many photos have a value in `field`."""
    return {"value_count": {"field": field}}
