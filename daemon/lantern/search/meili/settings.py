"""How the server's index is set up, and which generation of it is there.

Pure. `SETTINGS` are applied by their difference to what the server has, in place. `LAYOUT` counts
the forms in which documents are sent: another one needs a fresh index.

Typos. The server forgives them always, Lantern only where the words as typed find nothing. So
the attributes are exact, and `ANY`, which holds every word once more, and words of three letters as
they are typed by a slip (`typo.swapped`), is the one in which typos are forgiven: a search first
leaves it out. The embedded engine does the same, but where no photo has all words of a query it
takes none that some photo has for another one.

Generation. The index carries its name in its settings, as a word of the dictionary that nobody
types, because settings travel with an index when it is swapped and are gone when it is wiped. A
document would be counted and found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lantern.search.facets import FOLDER_LEVELS

LAYOUT = 5
"""Raise it with every change to what `rendering` makes: older indexes are rebuilt."""

EXACT = ("human", "sentence", "tags", "other", "forms")
"""The attributes that match as typed, the weightiest first."""

ANY = "any"
"""The attribute in which typos are forgiven."""

VALUES = 1200
"""Values of a facet that the server tells, those of most photos: a hundred years have no more
months. It has one limit for all facets."""

NAMES = ("camera", "tag", "folder", "format")
"""What is filtered by the keys of names, and counted by names: folders by `FOLDER_LEVELS`."""

SETTINGS: Mapping[str, Any] = {
    "searchableAttributes": [*EXACT, ANY],
    "displayedAttributes": ["id"],  # all else is in the catalog
    "filterableAttributes": [
        *("camera", "tag", "format", *FOLDER_LEVELS),
        *(f"{name}_key" for name in NAMES),
        *("month", "person", "place", "rating", "taken"),
    ],
    "sortableAttributes": ["id", "taken"],  # of one moment, what is sent again keeps its place
    "rankingRules": [
        "sort",  # inert unless a search asks for it, and then it rules
        "words",
        "typo",
        "proximity",
        "attributeRank",
        "exactness",
        "taken:desc",  # of equals the newer photo; wordPosition would come between
    ],
    "stopWords": [],  # left out of queries by `search.query`: "the" alone must still find
    "synonyms": {},  # `forms` holds other forms of each word; those of all words are too many here
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 7},  # as `search.typo.edits_allowed`
        "disableOnWords": [],
        "disableOnAttributes": list(EXACT),
        "disableOnNumbers": True,
    },
    "faceting": {
        "maxValuesPerFacet": VALUES,
        "sortFacetValuesBy": {"*": "count"},
    },
    "pagination": {"maxTotalHits": 1_000_000},  # it caps the total, which is exact
    "facetSearch": False,  # nobody searches among the facets' values: it spares an SD card
}

_ORDERED = frozenset({"searchableAttributes", "rankingRules"})
_MARK = re.compile(r"lanternlayout(\d{1,9})generation([0-9a-f]{16})")


class Mark(NamedTuple):
    """What an index says of itself."""

    layout: int
    generation: str


def marked(generation: str) -> dict[str, Any]:
    """Return the settings of a fresh index of this generation, 16 hexadecimal digits."""
    return {**SETTINGS, "dictionary": [f"lanternlayout{LAYOUT}generation{generation}"]}


def mark_in(settings: Mapping[str, Any]) -> Mark | None:
    """Return the mark of the index that has these settings, None for one that is not Lantern's."""
    for word in settings.get("dictionary") or ():
        if found := _MARK.fullmatch(word):
            return Mark(int(found[1]), found[2])
    return None


def missing_from(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `SETTINGS` that an index with `settings` has otherwise.

    What the server keeps as a set it may give back in another order, and options that Lantern does
    not know are none of its business.
    """
    return {
        name: wanted
        for name, wanted in SETTINGS.items()
        if not _holds(settings.get(name), wanted, ordered=name in _ORDERED)
    }


def _holds(there: Any, wanted: Any, *, ordered: bool) -> bool:
    if isinstance(wanted, dict) and wanted and isinstance(there, dict):
        return all(_holds(there.get(key), value, ordered=ordered) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(there, list) and not ordered:
        return sorted(map(str, there)) == sorted(map(str, wanted))
    return bool(there == wanted)
