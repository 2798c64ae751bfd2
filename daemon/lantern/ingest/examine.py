"""Look after the catalog itself: examine it after a bad end, tell of a damaged one kept aside.

A power cut, or an SD card that lies about what it has written, may leave damage where nobody looks
for weeks. What is to be done about it is `catalog.rescue`'s business, at the next start.
"""

from __future__ import annotations

from pathlib import Path

import anyio.to_thread

from lantern import durable, log
from lantern.catalog import rescue
from lantern.catalog.live import LiveConnection
from lantern.errors import Damaged, Unavailable
from lantern.heartbeat import SLOW_S, beat
from lantern.ingest.desk import Desk
from lantern.waiting import pause

QUIET_S = 120.0
"""How long after the start: it reads all of the file, and others have more to do then."""

LOOK_S = 60.0
"""How often is looked whether a person has removed what was kept aside."""

_TOPIC = "catalog"


class Examiner:
    """Examines the catalog at `path`."""

    def __init__(self, desk: Desk, path: Path) -> None:
        self._desk = desk
        self._path = path

    async def run(self) -> None:
        """Examine once if there is reason, and tell until cancelled.

        Raises:
            Damaged: the catalog is.
        """
        self._tell()
        if self._desk.catalog.was_left_open:
            await pause(QUIET_S)
            beat(SLOW_S)
            await anyio.to_thread.run_sync(self._examine, abandon_on_cancel=True)
        while True:
            self._tell()
            await pause(LOOK_S)

    def _tell(self) -> None:
        told = rescue.told(self._path)
        if told is None:
            self._desk.noticeboard.clear(_TOPIC)
        else:
            self._desk.noticeboard.post(_TOPIC, told)

    def _examine(self) -> None:
        try:
            damage = LiveConnection(self._path).damage()
        except Unavailable as error:  # by the disk, of which others tell; the next start looks
            log.warning("catalog not examined", reason=str(error))
            return
        log.info("catalog examined", damage=damage or "none")
        if damage is not None and durable.is_kept(self._path.parent):
            rescue.suspect(self._path).touch()
            raise Damaged(f"catalog: {damage}; the next start keeps it aside and makes it anew")
