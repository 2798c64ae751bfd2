"""The search server: Meilisearch, whose client no file outside this folder imports.

`index` is the writing side, `reader` the asking side, `keys` what the owner of the master key does
once. `connection` is the only file that knows the client; `settings`, `rendering`, `filters` and
`request` are pure. Importing this costs a quarter of a second: only who uses the server does.
"""

from lantern.search.meili.connection import Server
from lantern.search.meili.index import MeiliIndex
from lantern.search.meili.reader import MeiliReader

__all__ = ["MeiliIndex", "MeiliReader", "Server"]
