"""Make the search engines that the configuration names; the server's client on demand."""

from __future__ import annotations

from pathlib import Path

from lantern.config import Search
from lantern.search.embedded import EmbeddedReader
from lantern.search.fallback import FallbackReader
from lantern.search.port import SearchReader, SearchServer

VISITORS_PATIENCE_S = 1.0
"""A server slower than this is passed over: the embedded index is there."""


def reader(search: Search, folder: Path) -> SearchReader:
    """Return what the page asks; `folder` is that of the embedded index."""
    embedded = EmbeddedReader(folder)
    first = server_reader(search)
    return FallbackReader(first, embedded) if first else embedded


def server_reader(search: Search) -> SearchReader | None:
    """Return the asking side of the server, with none in its stead; None for no server."""
    if search.engine == "embedded":
        return None
    from lantern.search.meili import MeiliReader, Server  # noqa: PLC0415 - a quarter of a second

    return MeiliReader(Server(search.url, search.search_key, VISITORS_PATIENCE_S))


def server(search: Search) -> SearchServer | None:
    """Return the server that the daemon fills beside the embedded index, None for none."""
    if search.engine == "embedded":
        return None
    from lantern.search.meili import MeiliIndex, Server  # noqa: PLC0415 - the same

    return MeiliIndex(Server(search.url, search.key))
