"""The composition root of the page's process: opens what the page reads, none for writing."""

from __future__ import annotations

import anyio

from lantern import log
from lantern.catalog.reader import CatalogReader
from lantern.catalog.thumbnails import ThumbnailReader
from lantern.config import Config
from lantern.search.embedded import EmbeddedReader
from lantern.supervise import stopping
from lantern.web import server
from lantern.web.app import create_app
from lantern.web.collection import Collection


async def serve(config: Config) -> None:
    """Serve the page until SIGTERM or SIGINT.

    Raises:
        ConfigError: this machine has not the configured address.
        Unavailable: another program has the port.
    """
    collection = Collection(
        CatalogReader.open(config.paths.catalog),
        ThumbnailReader(config.paths.thumbnails),
        EmbeddedReader(config.paths.index),
        config.photos.folder,
    )
    listener = server.listen(config.web.host, config.web.port)
    page = create_app(collection, hosts=server.names(config.web.names))
    async with stopping() as stop, anyio.create_task_group() as group:
        group.start_soon(server.serve, page, listener)
        log.info("page is served", host=config.web.host, port=listener.getsockname()[1])
        await stop.wait()
        group.cancel_scope.cancel()
