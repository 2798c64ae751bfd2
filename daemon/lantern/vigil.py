"""Keep vigil over the daemon: see that every part makes progress, and tell systemd how it goes.

Part of the daemon's composition. Heals nothing: what `supervise.kept_up` cannot begin anew by
itself is systemd's, which ends a daemon that has not said for WatchdogSec= that it lives.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio

from lantern import log
from lantern.control.protocol import Status
from lantern.errors import StateUnavailable, Unavailable
from lantern.heartbeat import Heartbeat
from lantern.noticeboard import Noticeboard
from lantern.notify import Systemd

LOOK_S = 5.0
"""How often is looked, where systemd does not want to hear more often."""

OFTEN = 4
"""So many times within the time that systemd waits; half of one may be late [sd_watchdog(3)]."""

CLOCK_S = 30.0
"""A clock that goes off by so much between two looks was set."""

_TOPIC = "progress"


class Vigil:
    """Watches `whole`; `status` tells how it goes.

    `clock_set` is called when the clock was set: with what it showed since the start, from and to,
    and by how many seconds it was set then.
    """

    def __init__(
        self,
        whole: Heartbeat,
        systemd: Systemd,
        board: Noticeboard,
        *,
        status: Callable[[], Status],
        clock_set: Callable[[float, float, float], Awaitable[None]],
    ) -> None:
        self._whole = whole
        self._systemd = systemd
        self._board = board
        self._status = status
        self._clock_set = clock_set
        self._suspects: set[str] = set()
        self._clock = _clock()
        self._since = time.time() - CLOCK_S  # parts may have begun a little earlier

    async def run(self) -> None:
        """Look until cancelled."""
        watchdog_s = self._systemd.watchdog_s
        every_s = LOOK_S if watchdog_s is None else min(LOOK_S, watchdog_s / OFTEN)
        while True:
            self._look_for_progress()
            await self._look_at_clock()
            self._tell()
            await anyio.sleep(every_s)

    def _look_for_progress(self) -> None:
        late = set(self._whole.late())
        if not late:
            self._systemd.alive()
        if hanging := late & self._suspects:  # at two looks: a machine that slept is forgiven
            self._board.post(_TOPIC, self._hanging(sorted(hanging)))
        elif not late:
            self._board.clear(_TOPIC)
        self._suspects = late

    def _hanging(self, parts: list[str]) -> str:
        step = "restart lantern" if self._systemd.watchdog_s is None else "systemd restarts lantern"
        return f"no progress of {' and '.join(parts)}; {step}"

    async def _look_at_clock(self) -> None:
        before, self._clock = self._clock, _clock()
        by_s = self._clock - before
        if abs(by_s) > CLOCK_S:
            now = time.time()
            log.info("clock was set", by_s=round(by_s))
            since, self._since = self._since, now
            try:
                await self._clock_set(since, now - by_s, by_s)
            except StateUnavailable as error:
                log.warning("what a wrong clock wrote stays", reason=str(error))

    def _tell(self) -> None:
        try:
            self._systemd.status(sentence(self._status()))
        except Unavailable as error:
            log.debug("status unknown", reason=str(error))


def sentence(status: Status) -> str:
    """Return how it goes in one line, as `systemctl status` shows it. Pure."""
    counts = status.counts
    told = [f"{counts.captioned:,} of {counts.files:,} files described"]
    if waiting := counts.discovered + counts.retry:
        told.append(f"{waiting:,} waiting")
    if counts.failed:
        told.append(f"{counts.failed:,} failed")
    if status.show:
        told.append(f"show: {status.show.said}")
    line = ", ".join(told)
    if not status.notices:
        return line
    more = f" (and {len(status.notices) - 1} more)" if len(status.notices) > 1 else ""
    return f"{line}; trouble: {status.notices[0]}{more}"


def _clock() -> float:
    """Return by how much the clock is ahead of the time since the machine woke, in seconds."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
