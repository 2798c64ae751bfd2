"""The asking side of the search server.

As in the embedded engine, words are looked for as typed, and once more with typos where that finds
too little: then `forgiving` is true. The server itself would always look for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.facets import FLAGS, YES, below, columns, told
from lantern.search.meili import request
from lantern.search.meili.connection import Answer, Lines, Server
from lantern.search.meili.filters import name_in
from lantern.search.meili.index import LIVE
from lantern.search.meili.settings import NAMES
from lantern.search.port import Facets, Hit, Results
from lantern.search.query import Facet, Query
from lantern.search.typo import forgivable


class MeiliReader:
    """The `SearchReader` of the server at `server`, which need not answer yet."""

    def __init__(self, server: Server) -> None:
        self._lines = Lines(server)
        self._url = server.url

    def search(self, query: Query) -> Results:
        """See `SearchReader.search`."""
        found = self._answer(query)
        also = tuple(map(self._answer, query.also))
        return msgspec.structs.replace(found, also=also) if also else found

    def close(self) -> None:
        """See `SearchReader.close`."""
        self._lines.close()

    def _answer(self, query: Query) -> Results:
        found, forgiving = self._ask(query, forgiving=False), False
        if not found.total_hits and forgivable(query):
            more = self._ask(query, forgiving=True)
            if more.total_hits > found.total_hits:
                found, forgiving = more, True
        try:
            return _results(found, query, forgiving=forgiving)
        except (ValueError, OverflowError) as error:
            raise Unavailable(
                f"search server {self._url}: stars expected among the counts, got {error}; "
                "restart Lantern, which makes the index anew"
            ) from error

    def _ask(self, query: Query, *, forgiving: bool) -> Answer:
        page = request.page_of(query.offset, query.limit)
        options = request.options(query, page, forgiving=forgiving)
        with self._lines.line() as line:
            return line.search(LIVE, request.text(query), options)


def _results(found: Answer, query: Query, *, forgiving: bool) -> Results:
    skipped = request.page_of(query.offset, query.limit).skipped
    by_score = query.sort == "relevance" and bool(query.words)
    return Results(
        hits=tuple(
            Hit(PhotoId(hit.id), hit.score if by_score else 0.0)
            for hit in found.hits[skipped : skipped + query.limit]
        ),
        total=found.total_hits,
        forgiving=forgiving,
        facets=_facets(found.facet_distribution or {}, query),
    )


def _facets(counts: Mapping[str, Mapping[str, int]], query: Query) -> Facets:
    return Facets(
        **{
            facet: told(facet, _counts(facet, counts[column], query))
            for facet, column in columns(query).items()
            if column in counts
        }
    )


def _counts(facet: Facet, counts: Mapping[str, int], query: Query) -> Iterable[tuple[str, int]]:
    read = ((_value(facet, counted), photos) for counted, photos in counts.items())
    return below(query, read) if facet == "folder" else read


def _value(facet: Facet, counted: str) -> str:
    """Return the value that the server counted under this name."""
    if facet in NAMES:
        return name_in(counted)
    if facet in FLAGS:
        return YES
    return str(int(float(counted))) if facet == "rating" else counted
