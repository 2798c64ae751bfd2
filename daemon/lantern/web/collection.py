"""The real `Library`: the catalog, the thumbnail store, the search index and the photo folder.

Reads all four and writes none. What the index found and the catalog no longer has is left out.
"""

from __future__ import annotations

import datetime
import io
import os
from typing import BinaryIO

import msgspec

from lantern.catalog.reader import CatalogReader, PhotoRecord
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
from lantern.search.port import Results, SearchReader
from lantern.supervise import Lately
from lantern.web.library import (
    Choice,
    Filters,
    Hit,
    PhotoView,
    Picture,
    ResultPage,
    Status,
    Thumbnail,
)

STATUS_S = 2.0
"""Every open page asks every few seconds: however many, the catalog counts once."""

RENDITION = "image/jpeg"
"""What the thumbnail store holds."""


class Collection:
    """See `lantern.web.library.Library`; `root` is the photo folder."""

    def __init__(
        self,
        catalog: CatalogReader,
        thumbnails: ThumbnailReader,
        index: SearchReader,
        root: bytes,
    ) -> None:
        self._catalog = catalog
        self._thumbnails = thumbnails
        self._index = index
        self._root = root
        self._status = Lately(self._count_files, STATUS_S)

    def search(self, text: str, filters: Filters, offset: int, limit: int) -> ResultPage:
        """See `Library.search`."""
        asked = query.parse(
            text, filters=_rendered(filters), offset=offset, limit=limit, facets=offset == 0
        )
        found = self._index.search(asked)
        records = self._catalog.photos([hit.id for hit in found.hits])
        first = offset == 0
        return ResultPage(
            total=found.total,
            hits=tuple(_hit(record, asked, found.forgiving) for record in records),
            forgiving=found.forgiving,
            years=self._years(text, filters, found) if first else (),
            cameras=self._cameras(text, filters, found) if first else (),
        )

    def photo(self, photo: PhotoId) -> PhotoView | None:
        """See `Library.photo`."""
        record = self._catalog.photo(photo)
        if record is None or record.metadata is None:
            return None
        return PhotoView(
            id=record.id,
            fingerprint=record.fingerprint,
            path=display_path(record.files[0].path),
            metadata=msgspec.structs.replace(record.metadata, human_caption=record.human_caption),
            sentence=record.caption.sentence or None,
            tags=record.tags,
        )

    def thumbnail(self, fingerprint: Fingerprint) -> Thumbnail | None:
        """See `Library.thumbnail`."""
        data = self._thumbnails.get(fingerprint, THUMBNAIL)
        return Thumbnail(data, RENDITION) if data else None

    def picture(self, photo: PhotoId) -> Picture | None:
        """See `Library.picture`."""
        record = self._catalog.photo(photo)
        if record is None:
            return None
        for file in record.files:
            original = self._original(file.path)
            if original:
                return original
        return self._rendition(record.fingerprint)

    def status(self) -> Status:
        """See `Library.status`; up to `STATUS_S` old."""
        return self._status()

    def _count_files(self) -> Status:
        counts = self._catalog.counts()
        return Status(
            photos=counts.files,
            described=counts.captioned,
            waiting=counts.discovered + counts.retry,
            failed=counts.failed,
            searchable=counts.indexed,
        )

    def _years(self, text: str, filters: Filters, found: Results) -> tuple[Choice, ...]:
        if filters.year is not None:
            found = self._count(text, msgspec.structs.replace(filters, year=None))
        return tuple(Choice(str(year), photos) for year, photos in found.years)

    def _cameras(self, text: str, filters: Filters, found: Results) -> tuple[Choice, ...]:
        if filters.camera is not None:
            found = self._count(text, msgspec.structs.replace(filters, camera=None))
        return tuple(Choice(camera, photos) for camera, photos in found.cameras)

    def _count(self, text: str, filters: Filters) -> Results:
        return self._index.search(query.parse(text, filters=_rendered(filters), limit=0))

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
        status = os.fstat(file.fileno())
        version = f"{status.st_size:x}-{status.st_mtime_ns:x}"
        return Picture(file, status.st_size, shown, version)

    def _rendition(self, fingerprint: Fingerprint) -> Picture | None:
        for kind in (PREVIEW, THUMBNAIL):
            data = self._thumbnails.get(fingerprint, kind)
            if data:
                return Picture(io.BytesIO(data), len(data), RENDITION, f"{kind}-{len(data):x}")
        return None


def _type_shown(file: BinaryIO, path: bytes) -> str | None:
    """Return the media type that the bytes of `file` have, None where browsers do not show it."""
    found = sniff(file.read(SNIFF_BYTES), extension_of(path))
    return media_type(found) if found and browser_shows(found) else None


def _rendered(filters: Filters) -> list[query.Filter]:
    rendered: list[query.Filter] = []
    if filters.year is not None:
        rendered.append(query.year(filters.year))
    if filters.since or filters.until:
        rendered.append(query.DateRange(_date(filters.since), _date(filters.until)))
    if filters.camera is not None:
        rendered.append(query.Camera(filters.camera))
    return rendered


def _date(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _hit(record: PhotoRecord, asked: query.Query, forgiving: bool) -> Hit:
    metadata = record.files[0].metadata
    caption = record.sentence
    return Hit(
        id=record.id,
        fingerprint=record.fingerprint,
        width=metadata.width,
        height=metadata.height,
        caption=caption,
        by_human=record.by_human,
        matches=tuple(highlight.matches(caption, asked, forgiving=forgiving)),
        taken_at=metadata.taken_at,
    )
