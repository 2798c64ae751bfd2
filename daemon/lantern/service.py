"""The daemon as a service: says when it is up, how it goes and that it lives; obeys signals."""

from __future__ import annotations

import anyio

from lantern import app, heartbeat, log
from lantern.config import Config
from lantern.notify import Systemd
from lantern.supervise import stopping
from lantern.vigil import Vigil


async def run(config: Config, systemd: Systemd) -> None:
    """Run the daemon until SIGTERM or SIGINT.

    Raises as `app.running` does.
    """
    with heartbeat.whole("lantern") as whole:
        async with stopping() as stop, app.running(config) as daemon:
            vigil = Vigil(
                whole,
                systemd,
                daemon.noticeboard,
                status=daemon.status,
                clock_set=daemon.clock_set,
            )
            systemd.ready()
            async with anyio.create_task_group() as group:
                group.start_soon(vigil.run)
                await stop.wait()
                log.info("stopping")
                systemd.stopping()
                group.cancel_scope.cancel()
