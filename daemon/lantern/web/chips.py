"""The filters as the page shows them: a chip each, what is chosen, and what could be.

Pure. `static/filters.js` draws the same chips while the visitor looks; their words stand here and
there, their order here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from lantern.search.port import Counts
from lantern.web import period
from lantern.web.parameters import Request, pairs


class Chip(msgspec.Struct, frozen=True):
    """One filter: `chosen` is its value and `said` the value in words, both "" where it is not set.

    `names` are its parameters, `without` is the address of the same search without them.
    """

    facet: str
    label: str
    names: tuple[str, ...]
    chosen: str
    said: str
    without: str
    offered: tuple[tuple[str, int, str], ...]

    @property
    def shown(self) -> bool:
        """Whether there is anything to choose, or to take back."""
        return bool(self.offered or self.said)


_MENUS = {
    "month": ("Date", ("from", "to")),
    "camera": ("Camera", ("camera",)),
    "tag": ("Tag", ("tag",)),
    "folder": ("Folder", ("folder",)),
    "rating": ("Stars", ("rating",)),
    "format": ("Format", ("format",)),
}
_SWITCHES = {
    "place": ("Has a place", ("place",)),
    "person": ("Written by people", ("person",)),
}


def menus(wanted: Request, facets: Mapping[str, Counts]) -> list[Chip]:
    """Return the filters that offer several values; `facets` as in `ResultPage.facets`."""
    return [_chip(facet, *kind, wanted, facets) for facet, kind in _MENUS.items()]


def switches(wanted: Request, facets: Mapping[str, Counts]) -> list[Chip]:
    """Return the filters that are only on or off."""
    return [_chip(facet, *kind, wanted, facets) for facet, kind in _SWITCHES.items()]


def _chip(
    facet: str,
    label: str,
    names: tuple[str, ...],
    wanted: Request,
    facets: Mapping[str, Counts],
) -> Chip:
    given = pairs(wanted)
    chosen = "".join(value for name, value in given if name in names)
    rest = [pair for pair in given if pair[0] not in names]
    return Chip(
        facet=facet,
        label=label,
        names=names,
        chosen=chosen,
        said=_said(facet, chosen, wanted) if chosen else "",
        without=f"/?{urlencode(rest)}" if rest else "/",
        offered=tuple((*choice, in_words(facet, choice[0])) for choice in facets.get(facet, ())),
    )


def _said(facet: str, chosen: str, wanted: Request) -> str:
    if facet == "month":
        return period.in_words(wanted.filters.since, wanted.filters.until)
    return in_words(facet, chosen)


def in_words(facet: str, value: str) -> str:
    """Return a value of `facet` as people read it."""
    if facet == "rating":
        stars = "1 star" if value == "1" else f"{value} stars"
        return stars if value == "5" else f"{stars} or more"
    if facet == "folder":
        return value.replace("/", " / ")
    return value
