"""The photos that a programme may play: read from catalog and index, hidden ones never.

Of a group of lookalikes the best alone is played. Blocking; writes nothing.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Container, Iterator, Sequence

import msgspec

from lantern.catalog.reader import CatalogReader
from lantern.catalog.records import PhotoRecord
from lantern.catalog.shown import Shown
from lantern.catalog.similarity import SimilarityReader
from lantern.kiosk import programme
from lantern.kiosk.programme import Choice
from lantern.model import PhotoId
from lantern.search import query
from lantern.search.port import SearchReader
from lantern.similar.best import best_first

MOST_FOUND = 10_000
"""Of what is searched for, so many photos are played at most, the first: more than a day's."""

MOST_ALIKE = 60
"""Photos of a group that are compared for the best of it."""


class Gallery:
    """Reads the collection by `catalog`, `similar` and `index`.

    Every method raises `Unavailable` while the part that it needs cannot be read.
    """

    def __init__(
        self, catalog: CatalogReader, similar: SimilarityReader, index: SearchReader
    ) -> None:
        self._catalog = catalog
        self._similar = similar
        self._index = index

    def version(self) -> object:
        """Return something that is another when the collection is, as a rule. Cheap."""
        return self._catalog.version()

    def newest(self) -> PhotoId:
        """Return the photo that came last, 0 for none."""
        return self._catalog.newest()

    def since(self, photo: PhotoId, limit: int) -> list[PhotoId]:
        """Return the last `limit` photos that came after `photo`, in the order of coming."""
        return self._catalog.since(photo, limit)

    def count(self) -> int:
        """Return how many photos there are to be seen."""
        return self._catalog.visible()

    def find(self, wanted: Choice) -> list[PhotoId]:
        """Return the photos of `wanted`, `MOST_FOUND` at most, in its order.

        As on the page, a text of signs alone finds nothing, rather than all.
        """
        if query.is_wordless(wanted.text):
            return []
        if wanted.anniversary is None:
            return list(self._found(wanted, wanted.filters))
        return self._around(wanted, wanted.anniversary)

    def photo(
        self,
        photo: PhotoId,
        among: Container[PhotoId] | None,
        passed: Container[object] = (),
    ) -> PhotoRecord | None:
        """Return `photo` if it may be played, None if not.

        It may if a file holds it, it is not hidden, and it is the best of those photos that look
        alike, are `among` those that are played, and none of those `passed` over.
        """
        shown = self._catalog.shown([photo])
        if not shown or (shown[0].similar and not self._is_best(shown[0], among, passed)):
            return None
        return self._catalog.photo(photo)

    def visible(self, photos: Sequence[PhotoId]) -> set[PhotoId]:
        """Return those of `photos` that a file holds, and that are not hidden."""
        return {one.id for one in self._catalog.shown(photos)}

    def at(self, path: bytes) -> PhotoId | None:
        """Return the photo of the file at `path`, relative to the photo root."""
        file = self._catalog.file_at(path)
        return file.photo if file else None

    def _is_best(
        self, one: Shown, among: Container[PhotoId] | None, passed: Container[object]
    ) -> bool:
        if one.group is None:
            return True
        members = self._similar.members(one.group, MOST_ALIKE)
        played = [
            photo for photo in members if photo not in passed and (among is None or photo in among)
        ]
        rivals = best_first(self._catalog.shown(played))
        return not rivals or one.id not in played or rivals[0].id == one.id

    def _around(self, wanted: Choice, today: datetime.date) -> list[PhotoId]:
        """Return photos of other years, of ever more days around this one, until there are some."""
        years = self._years(wanted)
        found: list[PhotoId] = []
        for reach in programme.REACHES_DAYS:
            spans = programme.anniversaries(today, years, reach)
            ids = (one for span in spans for one in self._found(wanted, (*wanted.filters, span)))
            found = self._dated(list(itertools.islice(ids, MOST_FOUND)))
            if len(found) >= programme.ENOUGH:
                break
        return found or list(self._found(wanted, wanted.filters))

    def _dated(self, photos: Sequence[PhotoId]) -> list[PhotoId]:
        """Return those of `photos` that tell when they were taken: a file's date is no memory."""
        return [one.id for one in self._catalog.shown(photos) if one.taken_at]

    def _years(self, wanted: Choice) -> list[int]:
        asked = query.parse(wanted.text, filters=wanted.filters, limit=0, facets=("month",))
        months = self._index.search(_whole(asked)).facets.month
        return sorted({int(month[:4]) for month, _ in months}, reverse=True)

    def _found(self, wanted: Choice, filters: Sequence[query.Filter]) -> Iterator[PhotoId]:
        for offset in range(0, MOST_FOUND, query.MAX_LIMIT):
            asked = query.parse(
                wanted.text,
                filters=filters,
                sort=wanted.sort,
                offset=offset,
                limit=query.MAX_LIMIT,
            )
            found = self._index.search(_whole(asked))
            yield from (hit.id for hit in found.hits)
            if offset + query.MAX_LIMIT >= found.total:
                return


def _whole(asked: query.Query) -> query.Query:
    """Return `asked` with its last word finished: nobody is typing it."""
    return msgspec.structs.replace(asked, prefix=False)
