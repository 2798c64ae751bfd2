"""The words by which a photo is found, to tell how the text of a search was read.

The same document as the index was sent is made again, from the catalog.
"""

from __future__ import annotations

from lantern.catalog.records import PhotoRecord
from lantern.search.document import all_words, document


def words_of(record: PhotoRecord) -> list[str]:
    """Return what `search.reading.read_as` looks at in the photo `record`."""
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
