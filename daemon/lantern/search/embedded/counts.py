"""Count the photos that match by what they could be narrowed down to.

Each facet walks a column of the index, so only what was asked for is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tantivy
from tantivy import Query as Clause

from lantern.search.facets import FLAGS, YES, told
from lantern.search.port import Facets
from lantern.search.query import Facet

_ALL = 65_000
"""More values than a facet has: a segment that kept few would make the counts wrong."""


def counted(searcher: tantivy.Searcher, found: Clause, facets: Sequence[Facet]) -> Facets:
    """Return how many of the photos that `found` finds have which value, for each of `facets`."""
    if not facets:
        return Facets()
    answer = searcher.aggregate(found, {facet: _asked(facet) for facet in facets})
    return Facets(**{facet: told(facet, _read(answer[facet])) for facet in facets})


def _asked(facet: Facet) -> dict[str, Any]:
    if facet in FLAGS:
        return {"value_count": {"field": facet}}
    return {"terms": {"field": facet, "size": _ALL, "segment_size": _ALL}}


def _read(answer: dict[str, Any]) -> Iterable[tuple[str, int]]:
    if "value" in answer:
        return [(YES, int(answer["value"]))]
    return [(str(bucket["key"]), bucket["doc_count"]) for bucket in answer["buckets"]]
