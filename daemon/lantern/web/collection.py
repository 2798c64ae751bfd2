"""The real `Library`: the catalog, the thumbnail store, the search index and the photo folder.

Reads all four and writes none. What the index found and the catalog no longer has is left out.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, Self

import msgspec

from lantern.catalog.reader import CatalogReader
from lantern.catalog.records import PhotoRecord
from lantern.catalog.shown import Shown
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.thumbnails import PREVIEW, THUMBNAIL, ThumbnailReader
from lantern.errors import PhotoError, Unavailable
from lantern.imaging.formats import (
    SNIFF_BYTES,
    browser_shows,
    extension_of,
    media_type,
    sniff,
)
from lantern.imaging.source import open_photo
from lantern.model import Fingerprint, PhotoId, display_path
from lantern.search import highlight, query
from lantern.search.document import SURE
from lantern.search.port import SearchReader
from lantern.search.reading import LOOKED_AT, read_as
from lantern.similar.best import best_first
from lantern.similar.neighbours import ALIKE
from lantern.supervise import Lately, WhileUnchanged
from lantern.web import narrowing
from lantern.web.library import (
    Filters,
    Hit,
    Original,
    PhotoView,
    Picture,
    ResultPage,
    Sort,
    Status,
    Thumbnail,
)
from lantern.web.likeness import Likeness
from lantern.web.remembered import RememberedPhotos

STATUS_S = 0.5
"""While much happens, every page is made with a status: however many, the catalog counts once."""

MOST_ALIKE = 24
"""Photos in a result of "more like this": what comes later is seldom alike."""

MOST_COMPARED = 4 * MOST_ALIKE
"""Nearest photos that are looked at for it: whole groups of them are shown as one."""

MOST_SHOWN = 60
"""Photos of a group that the photo view shows."""

RENDITION = "image/jpeg"
"""What the thumbnail store holds."""


class Collection:
    """See `lantern.web.library.Library`; `root` is the photo folder."""

    def __init__(
        self,
        catalog: CatalogReader,
        thumbnails: ThumbnailReader,
        index: SearchReader,
        similar: SimilarityReader,
        root: bytes,
    ) -> None:
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._index = index
        self._similar = similar
        self._likeness = Likeness(similar)
        self._shown = RememberedPhotos(catalog)
        self._root = root
        self._status = Lately(WhileUnchanged(self._count_files, catalog.version), STATUS_S)
        self._sees_hidden = False

    def for_owner(self) -> Self:
        """Return this collection, memories included, as the owner sees it: see `OwnersLibrary`."""
        owners = copy.copy(self)
        owners._sees_hidden = True
        return owners

    def search(
        self, text: str, filters: Filters, sort: Sort, offset: int, limit: int
    ) -> ResultPage:
        """See `Library.search`."""
        if query.is_wordless(text):
            return ResultPage(0, (), instead=narrowing.instead(self._index, "", Filters()))
        first = offset == 0
        asked = narrowing.question(text, filters, sort=sort, offset=offset, limit=limit)
        found = self._index.search(asked)
        places = {hit.id: offset + number for number, hit in enumerate(found.hits)}
        shown = tuple(_chosen(self._shown(list(places)), places, every=filters.every))
        marker = highlight.Marker(asked, forgiving=found.forgiving)
        matches = marker.places_in_each([record.sentence for record, _ in shown])
        return ResultPage(
            total=found.total,
            hits=tuple(
                _hit(record, at, tuple(matched))
                for (record, at), matched in zip(shown, matches, strict=True)
            ),
            forgiving=found.forgiving,
            read_as=self._read_as(asked, places) if found.forgiving and first else "",
            fallback=bool(found.instead_of),
            facets=narrowing.choices(filters, found) if first else {},
            instead=None if found.total else narrowing.instead(self._index, text, filters),
        )

    def like(self, photo: PhotoId, filters: Filters, offset: int, limit: int) -> ResultPage | None:
        """See `Library.like`."""
        if self._catalog.photo(photo) is None:
            return None
        own = self._similar.memberships([photo]).get(photo)
        nearest = self._likeness.nearest(photo, MOST_COMPARED + (own.size if own else 0))
        groups = self._similar.memberships([other.photo for other in nearest])
        cosines = {
            other.photo: other.cosine
            for other in nearest
            if other.cosine >= ALIKE
            and other.photo in groups
            and (own is None or groups[other.photo].group != own.group)
        }
        records = self._shown(list(cosines))
        places = {record.id: number for number, record in enumerate(records)}
        chosen = [record for record, _ in _chosen(records, places, every=filters.every)]
        hits = tuple(
            msgspec.structs.replace(_hit(record, at), likeness=round(cosines[record.id], 3))
            for at, record in enumerate(chosen[:MOST_ALIKE])
        )
        return ResultPage(total=len(hits), hits=hits[offset : offset + limit])

    def photo(self, photo: PhotoId) -> PhotoView | None:
        """See `Library.photo`."""
        record = self._record(photo)
        if record is None or record.metadata is None:
            return None
        return PhotoView(
            id=record.id,
            fingerprint=record.fingerprint,
            path=display_path(record.files[0].path),
            metadata=msgspec.structs.replace(record.metadata, human_caption=record.human_caption),
            sentence=record.caption.sentence or None,
            tags=tuple(tag for tag in record.tags if tag.score >= SURE),
            group=self._group(record),
            size=record.files[0].size,
            hidden=record.hidden,
            file_date=None if record.metadata.taken_at else record.file_date,
        )

    def thumbnail(self, fingerprint: Fingerprint) -> Thumbnail | None:
        """See `Library.thumbnail`."""
        hidden = self._catalog.is_hidden(fingerprint)
        if hidden and not self._sees_hidden:
            return None
        data = self._thumbnails.get(fingerprint, THUMBNAIL)
        return Thumbnail(data, RENDITION, hidden) if data else None

    def picture(self, photo: PhotoId) -> Picture | None:
        """See `Library.picture`."""
        record = self._record(photo)
        if record is None:
            return None
        for file in record.files:
            original = self._original(file.path)
            if original:
                return original
        return self._rendition(record.fingerprint)

    def original(self, photo: PhotoId) -> Original | None:
        """See `Library.original`; the copy that the photo view names comes first."""
        record = self._record(photo)
        for file in record.files if record else ():
            with contextlib.suppress(PhotoError, Unavailable):
                opened = open_photo(self._root, file.path)
                name = display_path(os.path.basename(file.path))
                return Original(_measured(opened, media_type(file.format)), name)
        return None

    def hidden(self, offset: int, limit: int) -> ResultPage:
        """See `OwnersLibrary.hidden`."""
        records = self._catalog.hidden(offset, limit)
        hits = tuple(_hit(record, at) for at, record in enumerate(records, offset))
        return ResultPage(total=self._catalog.counts().hidden, hits=hits)

    def status(self) -> Status:
        """See `Library.status`; up to `STATUS_S` old."""
        return self._status()

    def _record(self, photo: PhotoId) -> PhotoRecord | None:
        return self._catalog.photo(photo, hidden=self._sees_hidden)

    def _count_files(self) -> Status:
        counts = self._catalog.counts()
        return Status(
            photos=counts.files,
            described=counts.captioned,
            waiting=counts.discovered + counts.retry,
            failed=counts.failed,
            searchable=counts.indexed,
            revision=self._catalog.published(),
        )

    def _read_as(self, asked: query.Query, found: Iterable[PhotoId]) -> str:
        return read_as(asked, self._shown.words(list(islice(found, LOOKED_AT))))

    def _group(self, record: PhotoRecord) -> tuple[Hit, ...]:
        """Return the photos of the group of `record`, the best first; none if it is alone."""
        own = self._similar.memberships([record.id]).get(record.id)
        if own is None or own.size == 1:
            return ()
        members = self._shown(self._similar.members(own.group, MOST_SHOWN))
        hits = {member.id: _hit(member, 0) for member in members}
        return tuple(hits[one.id] for one in best_first(members))

    def _original(self, path: bytes) -> Picture | None:
        """Open the file itself, None where it cannot be read now or browsers do not show it."""
        try:
            file = open_photo(self._root, path)
        except (PhotoError, Unavailable):
            return None
        shown = _type_shown(file, path)
        if shown is None:
            file.close()
            return None
        return _measured(file, shown)

    def _rendition(self, fingerprint: Fingerprint) -> Picture | None:
        for kind in (PREVIEW, THUMBNAIL):
            data = self._thumbnails.get(fingerprint, kind)
            if data:
                return Picture(io.BytesIO(data), len(data), RENDITION, f"{kind}-{len(data):x}")
        return None


def _measured(file: BinaryIO, media_type: str) -> Picture:
    status = os.fstat(file.fileno())
    version = f"{status.st_size:x}-{status.st_mtime_ns:x}"
    return Picture(file, status.st_size, media_type, version)


def _type_shown(file: BinaryIO, path: bytes) -> str | None:
    """Return the media type that the bytes of `file` have, None where browsers do not show it."""
    found = sniff(file.read(SNIFF_BYTES), extension_of(path))
    return media_type(found) if found and browser_shows(found) else None


def _hit(record: Shown, at: int, matches: tuple[tuple[int, int], ...] = ()) -> Hit:
    return Hit(
        id=record.id,
        fingerprint=record.fingerprint,
        width=record.width,
        height=record.height,
        caption=record.sentence,
        by_human=record.by_human,
        matches=matches,
        taken_at=record.taken_at,
        at=at,
        group=record.group,
        similar=record.similar,
    )


def _chosen(
    records: Iterable[Shown], places: Mapping[PhotoId, int], *, every: bool
) -> Iterator[tuple[Shown, int]]:
    """Yield `records` with places; unless `every`, a group's best at the place of its first one."""
    first: dict[PhotoId, Shown] = {}
    groups: dict[PhotoId, list[Shown]] = {}
    for record in records:
        group = record.id if every else record.group or record.id
        if (other := first.setdefault(group, record)) is not record:
            groups.setdefault(group, [other]).append(record)
    for group, record in first.items():
        yield best_first(groups[group])[0] if group in groups else record, places[record.id]
