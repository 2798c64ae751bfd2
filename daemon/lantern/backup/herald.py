"""Writes notices of the backup: when a trouble begins, when it is over, and daily if asked.

Where no systemd starts the sender (`notice`) when something waits, it is a child of the daemon's.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import anyio
import anyio.to_thread
import msgspec

from lantern import log
from lantern.backup import outbox
from lantern.backup.alarm import Alarm, topic_of
from lantern.backup.outbox import Notice
from lantern.backup.report import Report
from lantern.backup.telling import headline, lines
from lantern.backup.words import moment
from lantern.config import Backup, Paths
from lantern.heartbeat import SLOW_S, beat
from lantern.noticeboard import Noticeboard
from lantern.waiting import pause

LATE_S = 2 * 86400.0
"""Nobody is sent reports that are older, such as those of a catalog that was made anew."""

WAITS_S = 86400.0
"""A notice that could not be sent for so long is a trouble of its own."""

SEND_S, SEND_AGAIN_S = 10.0, 900.0
"""How often is looked for what waits, and how long one that fails is left alone."""

CHILD_S = 300.0

TOPIC = "notices"


class Herald:
    """Writes into the outbox by `settings`; posts to `board` what could not be sent. Blocking."""

    def __init__(self, settings: Backup, paths: Paths, board: Noticeboard) -> None:
        self.settings = settings
        self._outbox = paths.outbox
        self._board = board

    def tell(
        self,
        found: Sequence[Alarm],
        fresh: Sequence[Report],
        told: Mapping[str, str],
        now: float,
    ) -> Mapping[str, str]:
        """Leave notices of alarms that are not `told` (sentences by key) yet, or over; return that.

        `fresh` are the reports that came just now.
        """
        self._complain(now)
        if self.settings.notices == "off" or not self._has_addresses:
            return told
        notices = [*_of_alarms(found, told, now)]
        if self.settings.notices == "daily":
            notices += [_of_report(one, now) for one in fresh if now - one.ended < LATE_S]
        try:
            for number, notice in enumerate(notices):
                named = msgspec.structs.replace(notice, id=f"{notice.id}-{number:02}")
                outbox.leave(self._outbox, named)
        except OSError as error:
            log.warning("notice not written", reason=str(error))
            return told
        return {alarm.key: told.get(alarm.key, alarm.sentence) for alarm in found}

    async def keep_sending(self) -> None:
        """Have what waits sent by a process of its own, and again later if that fails."""
        while True:
            await pause(SEND_S)
            if await anyio.to_thread.run_sync(self._waits) and not await self._send():
                await pause(SEND_AGAIN_S)

    async def _send(self) -> bool:
        places = [str(self._outbox), str(self.settings.notice_addresses)]
        command = [sys.executable, "-m", "lantern.backup.notice", *places]
        beat(SLOW_S)
        with anyio.move_on_after(CHILD_S):
            async with await anyio.open_process(command, stdout=None, stderr=None) as sender:
                return await sender.wait() == 0
        return False

    def _waits(self) -> bool:
        return self._has_addresses and any(outbox.waiting(self._outbox))

    @property
    def _has_addresses(self) -> bool:
        """Tell whether somebody can be written to; what is in the file is not ours to read."""
        try:
            return self.settings.notice_addresses.stat().st_size > 0
        except OSError:
            return False

    def _complain(self, now: float) -> None:
        """Say that a notice cannot be sent, if so."""
        first = next(outbox.waiting(self._outbox), None)
        if first is None or now - first.at < WAITS_S:
            self._board.clear(TOPIC)
            return
        told = f"a notice waits to be sent since {moment(first.at)}"
        self._board.post(TOPIC, f'{told}; "sudo lantern notify --test" tells which address fails')


def _of_alarms(found: Sequence[Alarm], told: Mapping[str, str], now: float) -> Iterator[Notice]:
    """Yield a notice of each alarm that began, and of each that is over and not another one now."""
    topics = {alarm.topic for alarm in found}
    for alarm in found:
        if alarm.key not in told:
            body = _sentence(alarm.sentence)
            yield _notice(now, "the backup needs attention", body, bad=True)
    for key, sentence in told.items():
        if topic_of(key) not in topics:
            body = f"This is over:\n\n{_sentence(sentence)}"
            yield _notice(now, "a trouble of the backup is over", body, bad=False)


def _of_report(report: Report, now: float) -> Notice:
    bad = not report.is_good and not report.skipped
    return _notice(now, headline(report), "\n".join(lines(report)), bad=bad)


def _notice(now: float, what: str, body: str, *, bad: bool) -> Notice:
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now))
    title = f"Lantern on {platform.node()}: {what}"
    return Notice(id=stamp, at=now, title=title, body=body, bad=bad)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
