"""Gather what the daemon, the catalog and the machine tell, for the status page and for Prometheus.

Part of the page's composition: the rooms that it asks do not know each other. However many ask, the
daemon is asked once in `DAEMON_S`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import zip_longest

import lantern
from lantern.catalog.reader import CatalogReader
from lantern.catalog.summary import CaptionHealth, Tally
from lantern.config import Config
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import ProtocolError, Unavailable
from lantern.health import captions, machine
from lantern.kiosk.visits import begin
from lantern.notify import is_service
from lantern.search import build
from lantern.search.query import parse
from lantern.supervise import Lately, WhileUnchanged
from lantern.web.report import Collected, Daemon, Disk, Report, Trouble, Visitors

DAEMON_S = 2.0
"""How old the daemon's answer may be."""

SERVER_S = 5.0
"""How old the news of a search server may be."""

BY_SYSTEMD = "sudo systemctl start lantern"

DAEMON_PATIENCE_S = 1.0
"""A daemon that is slower than this counts as not answering."""


class Gatherer:
    """Blocking, safe between threads."""

    def __init__(self, config: Config, catalog: CatalogReader) -> None:
        self._config = config
        self._zone = config.hours.time_zone
        self._catalog = catalog
        self._daemon = Lately(self._ask_daemon, DAEMON_S)
        self._collected = WhileUnchanged(self._collect, catalog.version)
        self._server = build.server_reader(config.search)
        self._server_up = Lately(self._ask_server, SERVER_S)
        self._starter = BY_SYSTEMD if is_service(os.environ) else "lantern run"

    def report(self) -> Report:
        """Return what the status page tells, as far as anybody can tell it now."""
        status = self._daemon()
        collected, unread = None, ""
        try:
            collected = self._collected_by(status)
        except Unavailable as error:
            unread = str(error)
        return Report(
            version=lantern.__version__,
            collected=collected,
            unread=unread,
            daemon=_daemon(status) if status else None,
            engine=self._config.search.engine,
            server_up=self._server_up(),
            disks=tuple(self._disks()),
            heat_c=machine.heat_c(),
            undervoltage=machine.undervoltage(),
            starter=self._starter,
        )

    def metrics(self) -> bytes:
        """Return the metrics; of the daemon none while it does not answer, or not this user.

        Raises:
            Unavailable: the catalog cannot be read now.
        """
        from lantern.health import metrics  # noqa: PLC0415 - nobody may ever ask

        vitals, status = None, self._daemon()
        if status:
            vitals = metrics.Vitals(
                model=status.model,
                captioned=status.captioned,
                troubles=len(status.notices),
                stages_ms=status.stages_ms,
                lately_ms=status.lately_ms,
                boards=status.boards,
                backup=status.backup,
            )
        collected = self._collected_by(status)
        health = collected.captions or self._catalog.caption_health(time.time())
        served, up = None, self._server_up()
        if up is not None and collected.server_backlog is not None:
            served = metrics.Served(up, collected.server_backlog)
        visitors = collected.visitors
        visited = metrics.Visited(visitors.ever, visitors.ever_s) if visitors else None
        return metrics.render(collected.counts, health, vitals, served, visited)

    def _ask_daemon(self) -> Status | None:
        socket = self._config.paths.control_socket
        try:
            answer = client.ask(socket, GetStatus(), patience_s=DAEMON_PATIENCE_S)
        except (Unavailable, ProtocolError):
            return None
        return answer if isinstance(answer, Status) else None

    def _ask_server(self) -> bool | None:
        """Tell whether the search server answers as it answers visitors; None if there is none."""
        if self._server is None:
            return None
        try:
            self._server.search(parse("", limit=0))
        except Unavailable:
            return False
        return True

    def _collected_by(self, daemon: Status | None) -> Collected:
        """Return what the daemon has counted already, or what the catalog tells without it."""
        if daemon is None:
            return self._collected()
        tally = Tally(daemon.counts, daemon.problems, daemon.unwritten)
        return self._as_collected(tally, daemon.captions)

    def _collect(self) -> Collected:
        """Return what the catalog tells."""
        return self._as_collected(self._catalog.tally(), self._catalog.caption_health(time.time()))

    def _as_collected(self, tally: Tally, health: CaptionHealth | None) -> Collected:
        return Collected(
            counts=tally.counts,
            problems=tally.problems,
            unwritten=tally.unwritten,
            captions=health,
            middle_score=captions.middle_score(health.score_bins) if health else None,
            server_backlog=self._catalog.server_backlog(),
            visitors=self._visitors(),
        )

    def _visitors(self) -> Visitors | None:
        ever = self._catalog.visited_ever()
        if not ever.start:
            return None
        midnight = begin(time.time(), self._zone, "day")
        today = self._catalog.visited(midnight.timestamp())
        return Visitors(
            today=sum(hour.visits for hour in today),
            today_s=sum(hour.dwell_s for hour in today),
            ever=ever.visits,
            ever_s=ever.dwell_s,
            since=ever.start,
        )

    def _disks(self) -> Iterator[Disk]:
        photos = self._config.photos.folder
        state = os.fsencode(self._config.paths.state_folder)
        together = machine.device(photos) == machine.device(state)
        if room := machine.room(state):
            what = "photos and Lantern’s own files" if together else "Lantern’s own files"
            yield Disk(what, room.free, room.total, low=room.free < machine.LEAST_FREE_BYTES)
        if not together and (room := machine.room(photos)):
            yield Disk("the photos", room.free, room.total)


def _daemon(status: Status) -> Daemon:
    # A daemon of another version may tell no topics.
    troubles = zip_longest(status.topics[: len(status.notices)], status.notices, fillvalue="")
    return Daemon(
        version=status.version,
        since=status.since,
        model=status.model,
        rate=status.rate,
        left_s=status.left_s,
        sentence_ms=status.lately_ms.get("caption"),
        troubles=tuple(Trouble(topic, sentence) for topic, sentence in troubles),
        show=status.show.said if status.show else "",
        eased_by=status.show.eased_by if status.show else "",
        backup=status.backup,
    )
