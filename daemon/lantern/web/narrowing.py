"""What narrows a search: the page's filters in the index's terms, and what each could become.

A filter is counted over all the others and not over itself, so that what it offers is what a
visitor gets by changing it: one further question, without a page, for each filter that is set. The
engine is asked all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lantern.search import query
from lantern.search.port import Counts, Results, SearchReader
from lantern.search.query import Facet
from lantern.web import period
from lantern.web.library import Filters, Instead, Sort

MOST_SUGGESTED = 12
"""Tags that a search without result leads to."""

_LIFTED: dict[Facet, tuple[str, ...]] = {
    "month": ("since", "until"),
    "camera": ("camera",),
    "tag": ("tag",),
    "rating": ("rating",),
    "format": ("format",),
}
"""What each filter is set by, but for a folder, see `_beside`. "place" and "person" need not be
lifted: all that is found has their value."""


def question(
    text: str, filters: Filters, *, sort: Sort = "relevance", offset: int = 0, limit: int = 40
) -> query.Query:
    """Return what the index is asked for a page of results; the first page has facets, too.

    The dates of `filters` must be readable by `period`.
    """
    asked = query.parse(text, filters=_rendered(filters), sort=sort, offset=offset, limit=limit)
    if offset:
        return asked
    lifted = _lifted(filters)
    counts = [_counting(text, others, facet) for facet, others in lifted.items()]
    if filters.folder is not None:
        counts.append(_counting(text, _around(filters, filters.folder), "folder"))
    facets = tuple(facet for facet in query.FACETS if facet not in lifted)
    return msgspec.structs.replace(asked, facets=facets, also=tuple(counts))


def choices(filters: Filters, found: Results) -> dict[str, Counts]:
    """Return what each filter could be changed to; see `ResultPage.facets`.

    `found` is the answer to the first page's `question`.
    """
    told: dict[str, Counts] = msgspec.structs.asdict(found.facets)
    for facet, counted in zip(_lifted(filters), found.also, strict=False):
        told[facet] = getattr(counted.facets, facet)
    if filters.folder is not None:
        told["folder"] = (*_beside(filters.folder, found.also[-1]), *told["folder"])
    told["rating"] = _or_more(told["rating"])
    return {facet: counts for facet, counts in told.items() if counts}


def instead(index: SearchReader, text: str, filters: Filters) -> Instead:
    """Return what there is to find where `text` and `filters` find nothing."""
    plain = Filters(every=filters.every)
    unfiltered = 0 if filters == plain else index.search(query.parse(text, limit=0)).total
    tags = index.search(_counting("", plain, "tag")).facets.tag
    return Instead(unfiltered, tags[:MOST_SUGGESTED])


def _lifted(filters: Filters) -> dict[Facet, Filters]:
    """Return all of `filters` but one, by the facet of that one, for each that is to be lifted."""
    return {
        facet: msgspec.structs.replace(filters, **dict.fromkeys(names))
        for facet, names in _LIFTED.items()
        if any(getattr(filters, name) is not None for name in names)
    }


def _rendered(filters: Filters) -> tuple[query.Filter, ...]:
    """Return `filters` as the index knows them."""
    return tuple(_each(filters))


def _each(filters: Filters) -> Iterator[query.Filter]:
    if filters.since or filters.until:
        yield query.DateRange(
            period.first_day(filters.since) if filters.since else None,
            period.last_day(filters.until) if filters.until else None,
        )
    if filters.camera is not None:
        yield query.Camera(filters.camera)
    if filters.tag is not None:
        yield query.Tagged(filters.tag)
    if filters.folder is not None:
        yield query.InFolder(filters.folder)
    if filters.rating is not None:
        yield query.Rated(filters.rating)
    if filters.format is not None:
        yield query.OfFormat(filters.format)
    if filters.place:
        yield query.Placed()
    if filters.person:
        yield query.Described()


def _counting(text: str, filters: Filters, facet: Facet) -> query.Query:
    return query.parse(text, filters=_rendered(filters), limit=0, facets=(facet,))


def _around(filters: Filters, folder: str) -> Filters:
    """Return `filters` with the folder that holds `folder`, if one does, in its place."""
    return msgspec.structs.replace(filters, folder=folder.rpartition("/")[0] or None)


def _beside(folder: str, around: Results) -> Counts:
    """Return the folder that holds the chosen `folder`, if there is one, and those right in it."""
    holder = folder.rpartition("/")[0]
    above = ((holder, around.total),) if holder and around.total else ()
    return (*above, *around.facets.folder)


def _or_more(counts: Counts) -> Counts:
    """Return how many photos have so many stars or more, from how many have just so many."""
    stars = {int(value): photos for value, photos in counts if value != "0"}
    least = range(1, max(stars, default=0) + 1)
    return tuple(
        (str(star), sum(photos for each, photos in stars.items() if each >= star)) for star in least
    )
