"""The search engine inside Lantern: tantivy, which no file outside this folder imports.

`index` is the writing side, `reader` the asking side; `fields` says how a photo is stored,
`clauses` how words match and rank, `folder` how both sides share a folder on disk.
"""

from lantern.search.embedded.index import EmbeddedIndex
from lantern.search.embedded.reader import EmbeddedReader

__all__ = ["EmbeddedIndex", "EmbeddedReader"]
