"""The daemon as a service: says when it is up, how it goes and that it lives; obeys signals.

SIGHUP has it read its configuration anew, SIGTERM and SIGINT stop it.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import anyio
import anyio.abc
import anyio.to_thread

from lantern import app, config, heartbeat, log, safe_mode
from lantern.app import Daemon
from lantern.config import InForce
from lantern.config.change import Changes
from lantern.config.good import keep_good
from lantern.errors import ConfigError
from lantern.noticeboard import Noticeboard
from lantern.notify import Systemd
from lantern.supervise import stopping
from lantern.vigil import Vigil

_TOPIC = "config"


async def run(in_force: InForce, systemd: Systemd, safe: str | None = None) -> bool:
    """Run the daemon until SIGTERM or SIGINT; in safe mode if `safe`, or a file, says why.

    Return whether to begin anew, in a new process: the state can be opened that could not. (In this
    one SQLite goes on taking it for read-only as long as anything that was opened then is open.)

    Raises as `app.running` does.
    """
    safe = safe or _why_safe(in_force)
    with heartbeat.whole("lantern") as whole:
        async with stopping() as stop, app.running(in_force.config, safe=safe) as daemon:
            vigil = Vigil(
                whole,
                systemd,
                daemon.noticeboard,
                status=daemon.status,
                clock_set=daemon.clock_set,
            )
            reader = Reader(in_force.file, daemon, systemd)
            async with anyio.create_task_group() as group:
                await group.start(reader.run)
                await reader.began(in_force.flaw)
                systemd.ready()
                group.start_soon(vigil.run)
                if daemon.stranded is not None:
                    group.start_soon(_end_when_back, in_force, safe, group.cancel_scope)
                await stop.wait()
                log.info("stopping")
                systemd.stopping()
                group.cancel_scope.cancel()
            return not stop.is_set()


async def _end_when_back(in_force: InForce, safe: str | None, scope: anyio.CancelScope) -> None:
    await app.state_back(in_force.config, safe=safe is not None)
    log.info("state is back")
    scope.cancel()


def _why_safe(in_force: InForce) -> str | None:
    """Return why safe mode is on; None where it is off, or a failing disk does not tell."""
    try:
        return safe_mode.reason(in_force)
    except OSError as error:
        log.warning("safe mode unknown", reason=error.strerror or "no reason")
        return None


class Reader:
    """Reads `file` anew for `daemon` whenever it is asked to, and keeps what was good."""

    def __init__(self, file: Path, daemon: Daemon, systemd: Systemd) -> None:
        self._file = file
        self._daemon = daemon
        self._systemd = systemd

    @property
    def _board(self) -> Noticeboard:
        return self._daemon.noticeboard

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Read the file at each SIGHUP, until cancelled.

        On a terminal SIGHUP keeps its old meaning: it was closed, and the daemon ends.
        """
        if sys.stderr.isatty():
            task_status.started()
            return
        with anyio.open_signal_receiver(signal.SIGHUP) as signals:
            task_status.started()
            async for _ in signals:
                self._systemd.reloading()
                await self._read()
                self._systemd.ready()

    async def began(self, flaw: str) -> None:
        """Note that the daemon came up, with the last good configuration if there is a `flaw`."""
        if flaw:
            self._board.post(_TOPIC, flaw)
        else:
            await self._keep()

    async def _read(self) -> None:
        try:
            wanted = await anyio.to_thread.run_sync(config.load, self._file)
        except ConfigError as error:
            self._board.post(
                _TOPIC,
                f"{error}; what was in force stays; mend the file "
                '("lantern config check"), then "sudo systemctl reload lantern"',
            )
            return
        differ = await self._daemon.go_by(wanted)
        self._tell(differ)
        await self._keep()

    def _tell(self, differ: Changes) -> None:
        log.info(
            "configuration read anew",
            now=",".join(differ.now),
            wants_restart=",".join(differ.daemon),
            wants_new_screen=",".join(differ.screen),
            wants_new_page=",".join(differ.page),
        )
        if differ.daemon:
            options = ", ".join(differ.daemon)
            self._board.post(
                _TOPIC,
                f"{self._file}: changed, and not in force before lantern is started anew: "
                f'{options}; "sudo systemctl restart lantern"',
            )
        else:
            self._board.clear(_TOPIC)

    async def _keep(self) -> None:
        try:
            await anyio.to_thread.run_sync(keep_good, self._file)
        except (ConfigError, OSError) as error:
            log.warning("good configuration not kept", reason=str(error))
