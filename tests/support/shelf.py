"""The page's view of what the daemon keeps, filled by hand: no daemon, nothing inferred."""

from __future__ import annotations

import os
from pathlib import Path

import photos
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import Catalog, Found, Reading
from lantern.catalog.thumbnails import ThumbnailReader, ThumbnailStore
from lantern.imaging.formats import Format
from lantern.ingest.group import plan
from lantern.ingest.publish import as_document
from lantern.model import Caption, Description, Features, Fingerprint, Metadata, Tag
from lantern.search.embedded import EmbeddedIndex, EmbeddedReader
from lantern.web.collection import Collection
from support.lookalikes import features


class Shelf:
    """A catalog, an index, a thumbnail store and a folder, and the `library` over them."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "photos"
        self.root.mkdir()
        self.catalog = Catalog.open(folder / "catalog.sqlite3")
        self.thumbnails = ThumbnailStore.open(folder / "thumbnails.sqlite3")
        self.index = EmbeddedIndex.open(folder / "index")
        self.library = Collection(
            CatalogReader.open(folder / "catalog.sqlite3"),
            ThumbnailReader(folder / "thumbnails.sqlite3"),
            EmbeddedReader(folder / "index"),
            SimilarityReader.open(folder / "catalog.sqlite3"),
            os.fsencode(self.root),
        )

    def add(self, name, sentence, data=b"", file_format=Format.JPEG, likeness=None, **metadata):
        photos.put(self.root, name, data or photos.jpeg())
        self.catalog.discover(b"", [Found(os.fsencode(name), 1, 1)], now=0.0)
        (pending,) = self.catalog.pending(now=1.0, limit=10)
        metadata = Metadata(**{"width": 400, "height": 300, **metadata})
        reading = Reading(Fingerprint(f"{pending.id:032x}"), file_format, metadata, None)
        vector = Features(b"", 1.0) if likeness is None else features(likeness)
        tags = (Tag("Labrador", 0.9), Tag("saluki", 0.49))
        description = Description(Caption(sentence, 0.5, "test 1"), tags, vector)
        photo = self.catalog.described(pending, reading, description, now=2.0)
        self.publish()
        return photo

    def group(self):
        batch = plan(SimilarityReader(self.catalog), 100)
        self.catalog.groups.grouped(batch.photos, batch.leaders)

    def publish(self):
        records = self.catalog.read.outbox(100)
        self.index.apply([as_document(record) for record in records])
        self.catalog.indexed([(record.id, record.revision) for record in records])

    def close(self) -> None:
        self.index.close()
        self.catalog.close()
        self.thumbnails.close()
