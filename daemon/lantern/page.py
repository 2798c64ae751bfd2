"""The composition root of the page's process: opens what the page reads, none for writing."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import anyio

from lantern import log
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.thumbnails import ThumbnailReader
from lantern.config import Config
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import ProtocolError, Unavailable
from lantern.search import build
from lantern.supervise import Lately, stopping
from lantern.web import server
from lantern.web.app import create_app
from lantern.web.collection import Collection

METRICS_S = 5.0
"""How old metrics may be. However many ask for them, the catalog and the daemon are asked once."""

DAEMON_PATIENCE_S = 1.0
"""A daemon that is slower than this counts as not answering."""


async def serve(config: Config) -> None:
    """Serve the page until SIGTERM or SIGINT.

    Raises:
        ConfigError: this machine has not the configured address.
        Unavailable: another program has the port.
    """
    catalog = CatalogReader.open(config.paths.catalog)
    collection = Collection(
        catalog,
        ThumbnailReader(config.paths.thumbnails),
        build.reader(config.search, config.paths.index),
        SimilarityReader.open(config.paths.catalog),
        config.photos.folder,
    )
    listener = server.listen(config.web.host, config.web.port)
    page = create_app(
        collection,
        hosts=server.names(config.web.names),
        metrics=Lately(partial(_measure, catalog, config.paths.control_socket), METRICS_S),
    )
    async with stopping() as stop, anyio.create_task_group() as group:
        group.start_soon(server.serve, page, listener)
        log.info("page is served", host=config.web.host, port=listener.getsockname()[1])
        await stop.wait()
        group.cancel_scope.cancel()


def _measure(catalog: CatalogReader, control_socket: Path) -> bytes:
    """Return the metrics; of the daemon none while it does not answer, or not this user."""
    from lantern.health import metrics  # noqa: PLC0415 - nobody may ever ask

    vitals = None
    if status := _status(control_socket):
        vitals = metrics.Vitals(
            model=status.model,
            captioned=status.captioned,
            troubles=len(status.notices),
            stages_ms=status.stages_ms,
            lately_ms=status.lately_ms,
        )
    return metrics.render(catalog.counts(), catalog.caption_health(time.time()), vitals)


def _status(control_socket: Path) -> Status | None:
    try:
        answer = client.ask(control_socket, GetStatus(), patience_s=DAEMON_PATIENCE_S)
    except (Unavailable, ProtocolError):
        return None
    return answer if isinstance(answer, Status) else None
