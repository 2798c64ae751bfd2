"""What narrows a search: the page's filters in the index's terms, and what each could become.

Reads the index alone. A filter is counted over all the others and not over itself, so that what it
offers is what a visitor gets by changing it: one further search, without a page, for each filter
that is set.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lantern.search import query
from lantern.search.port import Counts, Facets, Results, SearchReader
from lantern.search.query import Facet
from lantern.web import period
from lantern.web.library import Filters, Instead

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


def rendered(filters: Filters) -> tuple[query.Filter, ...]:
    """Return `filters` as the index knows them; their dates must be readable by `period`."""
    return tuple(_each(filters))


def counted(filters: Filters) -> tuple[Facet, ...]:
    """Return the facets to be counted over all of `filters`: `choices` counts the others apart."""
    apart = _lifted(filters)
    return tuple(facet for facet in query.FACETS if facet not in apart)


def choices(index: SearchReader, text: str, filters: Filters, found: Results) -> dict[str, Counts]:
    """Return what each filter could be changed to; see `ResultPage.facets`.

    `found` is the answer for `text` and `filters`, with the facets that `counted` says.
    """
    told: dict[str, Counts] = msgspec.structs.asdict(found.facets)
    for facet, others in _lifted(filters).items():
        told[facet] = _count(index, text, others, facet)
    if filters.folder is not None:
        told["folder"] = (*_beside(index, text, filters, filters.folder), *told["folder"])
    told["rating"] = _or_more(told["rating"])
    return {facet: counts for facet, counts in told.items() if counts}


def instead(index: SearchReader, text: str, filters: Filters) -> Instead:
    """Return what there is to find where `text` and `filters` find nothing."""
    plain = Filters(every=filters.every)
    unfiltered = 0 if filters == plain else index.search(query.parse(text, limit=0)).total
    return Instead(unfiltered, _count(index, "", plain, "tag")[:MOST_SUGGESTED])


def _lifted(filters: Filters) -> dict[Facet, Filters]:
    """Return all of `filters` but one, by the facet of that one, for each that is to be lifted."""
    return {
        facet: msgspec.structs.replace(filters, **dict.fromkeys(names))
        for facet, names in _LIFTED.items()
        if any(getattr(filters, name) is not None for name in names)
    }


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


def _count(index: SearchReader, text: str, filters: Filters, facet: Facet) -> Counts:
    asked = query.parse(text, filters=rendered(filters), limit=0, facets=(facet,))
    facets: Facets = index.search(asked).facets
    counts: Counts = getattr(facets, facet)
    return counts


def _beside(index: SearchReader, text: str, filters: Filters, folder: str) -> Counts:
    """Return the folder that holds the chosen `folder`, if there is one, and those right in it."""
    holder = folder.rpartition("/")[0] or None
    others = msgspec.structs.replace(filters, folder=holder)
    found = index.search(query.parse(text, filters=rendered(others), limit=0, facets=["folder"]))
    above = ((holder, found.total),) if holder and found.total else ()
    return (*above, *found.facets.folder)


def _or_more(counts: Counts) -> Counts:
    """Return how many photos have so many stars or more, from how many have just so many."""
    stars = {int(value): photos for value, photos in counts if value != "0"}
    least = range(1, max(stars, default=0) + 1)
    return tuple(
        (str(star), sum(photos for each, photos in stars.items() if each >= star)) for star in least
    )
