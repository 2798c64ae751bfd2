"""What filters and counts have in common, and which counts are told, the same by every engine.

Pure. `port.Facets` says what each facet counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from lantern.search.port import MOST_VALUES, Counts
from lantern.search.query import (
    Camera,
    DateRange,
    Described,
    Facet,
    Filter,
    InFolder,
    OfFormat,
    Placed,
    Rated,
    Tagged,
)

YES = "yes"
"""The one value of a facet that photos have or have not."""

FLAGS: frozenset[Facet] = frozenset({"place", "person"})
"""Facets of that one value."""

_OF: dict[type[Filter], Facet] = {
    DateRange: "month",
    Camera: "camera",
    Tagged: "tag",
    InFolder: "folder",
    Rated: "rating",
    OfFormat: "format",
    Placed: "place",
    Described: "person",
}
_BY_VALUE: frozenset[Facet] = frozenset({"month", "rating"})


def facet_of(wanted: Filter) -> Facet:
    """Return the facet whose values lead to filters of this kind."""
    return _OF[type(wanted)]


def told(facet: Facet, counts: Iterable[tuple[str, int]]) -> Counts:
    """Return `counts` in the order of `facet`, cut where it has too many, without counts of 0."""
    there = [(value, photos) for value, photos in counts if photos]
    if facet in _BY_VALUE:
        return tuple(sorted(there))
    there.sort(key=lambda count: (-count[1], count[0]))
    return tuple(there[:MOST_VALUES])
