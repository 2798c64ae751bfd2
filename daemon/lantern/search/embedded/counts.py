"""Count the photos that match, and by what they could be narrowed down to.

Each facet walks a column of the index for every photo found, so only what was asked for is counted.
What very many are found by is typed by many, as a search begins with one letter: such counts are
kept for as long as the index stays as it is.

Months are counted by number, in half the time that their names take. So are folders, since there
may be thousands in one, and to look up the name of each takes longer than to count them. Only those
that are told are looked up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import tantivy
from tantivy import Query as Clause

from lantern.search.embedded.fields import FOLDER_NAME, folder_in, folder_label, month_in
from lantern.search.facets import FLAGS, YES, below, columns, told
from lantern.search.port import MOST_VALUES, Facets
from lantern.search.port import Counts as Told
from lantern.search.query import Facet, Query

MANY = 5000
"""Photos from which on their counts are kept; fewer are counted in a moment."""

MOST_KEPT = 64
"""Each takes some 50 KB."""

_ALL = 65_000
"""More values than a facet has: if a segment of the index told fewer, sums would lack photos."""

_PHOTOS = "id"
"""Every photo has one."""


class Counted(NamedTuple):
    """How many photos there are, and how many of them have which value."""

    photos: int
    facets: Facets


class Counts:
    """Counts in one state of the index. Safe to share between threads."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self._one_keeps = threading.Lock()
        self._kept: dict[tuple[Query, bool], Counted] = {}
        self._names: dict[int, str] = {}

    def of(self, query: Query, found: Clause, *, forgiving: bool = False) -> Counted:
        """Return how many photos `found` finds, and the counts for each of `query.facets`.

        `found` is what `query` asks for, `forgiving` or not.
        """
        asked = msgspec.structs.replace(query, offset=0, limit=0, sort="relevance"), forgiving
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
        wanted = {str(facet): _asked(facet, column) for facet, column in columns(query).items()}
        answer = self._searcher.aggregate(found, {_PHOTOS: _valued(_PHOTOS), **wanted})
        counts = {facet: told(facet, _read(facet, answer[facet])) for facet in columns(query)}
        if "folder" in counts:
            counts["folder"] = told("folder", below(query, self._named(counts["folder"])))
        return Counted(int(answer[_PHOTOS]["value"]), Facets(**counts))

    def _named(self, folders: Told) -> Iterator[tuple[str, int]]:
        """Yield the counts of `folders`, which are known by their numbers, by their names."""
        return ((self._name(int(number)), photos) for number, photos in folders)

    def _name(self, number: int) -> str:
        if (name := self._names.get(number)) is None:
            (label, _), *_ = self._searcher.terms_with_prefix(FOLDER_NAME, folder_label(number))
            name = self._names[number] = folder_in(label)
        return name


def _asked(facet: Facet, column: str) -> dict[str, Any]:
    if facet in FLAGS:
        return _valued(column)
    most = _ALL if facet == "month" else MOST_VALUES
    return {"terms": {"field": column, "size": most, "segment_size": _ALL}}


def _valued(field: str) -> dict[str, Any]:
    """Return the question how many photos have a value in `field`."""
    return {"value_count": {"field": field}}


def _read(facet: Facet, answer: dict[str, Any]) -> list[tuple[str, int]]:
    if "value" in answer:
        return [(YES, int(answer["value"]))]
    name = month_in if facet == "month" else str
    return [(name(bucket["key"]), bucket["doc_count"]) for bucket in answer["buckets"]]
