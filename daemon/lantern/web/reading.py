"""Tell how the text of a search was read, from the photos that it found.

The same document as the index was sent is made again of each, from the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence

from lantern.catalog.records import PhotoRecord
from lantern.search import reading
from lantern.search.document import all_words, document
from lantern.search.query import Query


def read_as(asked: Query, records: Sequence[PhotoRecord]) -> str:
    """Return `ResultPage.read_as` for a forgiving search whose first photos are `records`."""
    return reading.read_as(asked, (_words(record) for record in records[: reading.LOOKED_AT]))


def _words(record: PhotoRecord) -> list[str]:
    return all_words(
        document(
            record.id,
            caption=None if record.correction else record.caption,
            tags=record.tags,
            metadata=record.metadata,
            human_caption=record.human_caption,
            paths=[file.path for file in record.files],
        )
    )
