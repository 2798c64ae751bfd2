"""Whether catalog, thumbnails and index say the same of every photo. Changes nothing.

The catalog is the truth, the other two are made of it. A daemon may be at work meanwhile: what is
on its way to the index, and what changes while it is looked at, is not compared.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lantern.catalog.contradictions import Standing
from lantern.catalog.reader import CatalogReader
from lantern.catalog.thumbnails import ThumbnailReader
from lantern.ingest.publish import as_document
from lantern.model import PhotoId
from lantern.search.embedded import EmbeddedReader

MOST_READ = 500
"""Photos of which all words are compared, drawn by lot, unless all are asked for: 0.2 ms each."""

_BATCH = 100


class Disagreement(NamedTuple):
    """What does not agree, in words, and whether it is what can be thrown away and made again."""

    sentence: str
    of_index: bool


def disagreements(
    catalog: CatalogReader,
    thumbnails: ThumbnailReader,
    index: EmbeddedReader,
    *,
    draw: random.Random | None = None,
) -> list[Disagreement]:
    """Return what does not agree; `draw` chooses `MOST_READ` photos to compare all words of.

    Raises:
        Unavailable: one of them does not exist yet, or cannot be read now.
    """
    found = [Disagreement(what, of_index=False) for what in catalog.contradictions()]
    if found:  # such a catalog may not even be readable, and is no measure
        return found
    before = catalog.standings()
    pictured = thumbnails.fingerprints()  # they are committed before their photo is sent
    if catalog.setting("index") != index.generation():
        return []  # the daemon fills a new index, or will when it starts
    indexed = Counter(index.photos())
    differing = _differing(catalog, index, _drawn([p for p in indexed if indexed[p] == 1], draw))
    seen = _Seen(before, catalog.standings())
    of_index = {
        "photos stand in the index more than once": [p for p in indexed if indexed[p] > 1],
        "photos are missing in the index": seen.wanted - indexed.keys(),
        "photos in the index are none that may be found": indexed.keys() - seen.allowed,
        "photos in the index have other words than in the catalog": seen.wanted & differing,
    }
    of_thumbnails = {
        "photos have no thumbnail": seen.pictured - pictured,
        "thumbnails are of no photo": pictured - seen.known,
    }
    return [
        Disagreement(f"{len(photos):,} {what}", of_index=of is of_index)
        for of in (of_index, of_thumbnails)
        for what, photos in of.items()
        if photos
    ]


class _Seen:
    """What two looks at the catalog, before and after one at the rest, allow to be said of it.

    `wanted` are the photos that the index has to hold as they are, `allowed` those that it may
    hold; `pictured` and `known` are fingerprints: of photos that need a thumbnail, and of all.
    """

    def __init__(self, before: Iterable[Standing], after: Iterable[Standing]) -> None:
        both = {*before, *after}
        unchanged = set(before) & set(after)
        resting = [one for one in unchanged if one.sent and one.findable]
        self.wanted = {one.id for one in resting}
        self.pictured = {one.fingerprint for one in resting}
        left = {one.id for one in unchanged if one.sent and not one.findable}
        self.allowed = {one.id for one in both} - left
        self.known = {one.fingerprint for one in both}


def _drawn(photos: Sequence[PhotoId], draw: random.Random | None) -> Sequence[PhotoId]:
    return draw.sample(photos, min(len(photos), MOST_READ)) if draw else photos


def _differing(
    catalog: CatalogReader, index: EmbeddedReader, photos: Sequence[PhotoId]
) -> set[PhotoId]:
    """Return those of `photos` that a visitor may see and whose words differ."""
    found: set[PhotoId] = set()
    for begin in range(0, len(photos), _BATCH):
        records = catalog.photos(photos[begin : begin + _BATCH])
        found.update(index.differing(map(as_document, records)))
    return found
