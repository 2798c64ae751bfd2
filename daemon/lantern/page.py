"""The composition root of the page's process: opens what the page reads, none for writing."""

from __future__ import annotations

import anyio

from lantern import log
from lantern.catalog.live import LiveConnection
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.thumbnails import ThumbnailReader
from lantern.config import Config
from lantern.curate import DaemonsCurator
from lantern.gather import Gatherer
from lantern.search import build
from lantern.supervise import Lately, stopping
from lantern.web import server
from lantern.web.app import create_app
from lantern.web.collection import Collection
from lantern.web.door import Door
from lantern.web.news import News
from lantern.web.owner import Owner
from lantern.web.password import PasswordFile

METRICS_S = 5.0
"""How old metrics may be. However many ask for them, the catalog and the daemon are asked once."""


async def serve(config: Config) -> None:
    """Serve the page until SIGTERM or SIGINT.

    Raises:
        ConfigError: this machine has not the configured address.
        Unavailable: another program has the port.
    """
    # One for both: the rows that one asks for are in its cache when the other asks for the same.
    connection = LiveConnection(config.paths.catalog)
    catalog = CatalogReader(connection)
    collection = Collection(
        catalog,
        ThumbnailReader(config.paths.thumbnails),
        build.reader(config.search, config.paths.index),
        SimilarityReader(connection),
        config.photos.folder,
    )
    gatherer = Gatherer(config, catalog)
    news = News(collection.status, gatherer.report)
    listener = server.listen(config.web.host, config.web.port)
    page = create_app(
        collection,
        hosts=server.names(config.web.names),
        metrics=Lately(gatherer.metrics, METRICS_S),
        live=news,
        owned=Owner(
            door=Door(PasswordFile(config.paths.password)),
            library=collection.for_owner(),
            curator=DaemonsCurator(config.paths.control_socket),
        ),
    )
    async with stopping() as stop, anyio.create_task_group() as group:
        group.start_soon(server.serve, page, listener)
        log.info("page is served", host=config.web.host, port=listener.getsockname()[1])
        await stop.wait()
        news.end()
        group.cancel_scope.cancel()
