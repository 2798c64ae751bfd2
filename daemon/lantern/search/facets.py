"""What filters and counts have in common, and which counts are told, the same by every engine.

Pure. `port.Facets` says what each facet counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter

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
    Query,
    Rated,
    Tagged,
)

YES = "yes"
"""The one value of a facet that photos have or have not."""

FLAGS: frozenset[Facet] = frozenset({"place", "person"})
"""Facets of that one value."""

FOLDER_LEVELS = ("folder_1", "folder_2", "folder_3", "folder_4", "folder_5", "folder_6")
"""What engines count folders by, one for each depth: with all depths in one, the tens of thousands
of a large collection would be counted to tell a hundred. Those that lie deeper are not counted."""

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
    """Return the facet whose values lead to filters of this kind: every kind but `Without`."""
    return _OF[type(wanted)]


def columns(query: Query) -> dict[Facet, str]:
    """Return by what engines count each of `query.facets`: by one of `FOLDER_LEVELS`, or its name.

    Folders are left out where those to be counted lie too deep.
    """
    found: dict[Facet, str] = {facet: facet for facet in query.facets if facet != "folder"}
    if "folder" in query.facets and (depth := _depth(_chosen(query))) < len(FOLDER_LEVELS):
        found["folder"] = FOLDER_LEVELS[depth]
    return found


def by_level(folders: Iterable[str]) -> dict[str, list[str]]:
    """Return `folders` by which of `FOLDER_LEVELS` they are counted by."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder in folders:
        if (depth := _depth(folder)) <= len(FOLDER_LEVELS):
            found[FOLDER_LEVELS[depth - 1]].append(folder)
    return found


def below(query: Query, folders: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield the counts of those `folders` that lie in the one that `query` chose.

    Others of that depth are there where a photo that lies in it has a copy elsewhere.
    """
    chosen = _chosen(query)
    begin = f"{chosen}/" if chosen else ""
    return (count for count in folders if count[0].startswith(begin))


def _chosen(query: Query) -> str:
    """Return the folder that `query` is narrowed down to, "" for the photo root."""
    chosen = [wanted.path for wanted in query.filters if isinstance(wanted, InFolder)]
    return chosen[-1] if chosen else ""


def _depth(folder: str) -> int:
    return folder.count("/") + 1 if folder else 0


def told(facet: Facet, counts: Iterable[tuple[str, int]]) -> Counts:
    """Return `counts` in the order of `facet`, cut where it has too many, without counts of 0."""
    there = [count for count in counts if count[1]]
    there.sort(key=itemgetter(0))
    if facet in _BY_VALUE:
        return tuple(there)
    there.sort(key=itemgetter(1), reverse=True)  # equal ones stay as they are
    return tuple(there[:MOST_VALUES])
