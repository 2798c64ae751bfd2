"""What `lantern status` sees for itself: the machine, the page, systemd's units, the backup.

Whoever asks need not be root, and nothing of it needs the daemon.
"""

from __future__ import annotations

import os
import socket

import msgspec

from lantern.cli import page_at
from lantern.config import Config
from lantern.errors import LanternError
from lantern.health import machine, units
from lantern.health.units import BACKUP, Unit


class Disk(msgspec.Struct, frozen=True):
    """The room on the disk that holds `what`, in bytes."""

    what: str
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        """Tell whether it is as good as full."""
        return self.free < machine.LEAST_FREE_BYTES


class Surroundings(msgspec.Struct, frozen=True):
    """The machine and what runs on it beside the daemon.

    None is what the machine does not tell. `page` is its address, `page_silence` why it does not
    answer, "" if it does. `server_silence` is the same of the search server, None where there is
    none. `units` are empty where systemd does not run. `backup` is None where none is set up.
    """

    host: str
    machine: str
    up_s: float | None
    heat_c: float | None
    undervoltage: bool | None
    memory_free: int | None
    disks: tuple[Disk, ...]
    page: str
    page_silence: str
    server_silence: str | None
    units: tuple[Unit, ...]
    backup: str | None


def look(settings: Config) -> Surroundings:
    """Return what there is to be seen now."""
    states = units.states()
    return Surroundings(
        host=socket.gethostname(),
        machine=machine.model(),
        up_s=machine.up_s(),
        heat_c=machine.heat_c(),
        undervoltage=machine.undervoltage(),
        memory_free=machine.memory_free(),
        disks=tuple(_disks(settings)),
        page=page_at.address(settings.web),
        page_silence=page_at.silence(settings.web),
        server_silence=_server_silence(settings),
        units=tuple(unit for unit in states if unit.name != BACKUP),
        backup=next((_backup(unit) for unit in states if unit.name == BACKUP), None),
    )


def _disks(settings: Config) -> list[Disk]:
    """Return the disks of Lantern's state and of the photos, or the one that holds both."""
    state, photos = os.fsencode(settings.paths.state_folder), settings.photos.folder
    rooms = {"state": machine.room(state), "photos": machine.room(photos)}
    if machine.device(state) == machine.device(photos):
        rooms = {"state and photos": rooms["state"]}
    return [Disk(what, room.free, room.total) for what, room in rooms.items() if room]


def _server_silence(settings: Config) -> str | None:
    if settings.search.engine == "embedded":
        return None
    from lantern.search import build  # noqa: PLC0415 - slow, and seldom wanted
    from lantern.search.query import parse  # noqa: PLC0415 - the same

    try:
        server = build.server_reader(settings.search)
        if server is not None:
            server.search(parse("", limit=0))
    except LanternError as error:
        return str(error)
    return ""


def _backup(timer: Unit) -> str:
    """Return when the backup ran last and runs next, in systemd's words."""
    if timer.active != "active":
        return f"set up, and its timer is {timer.active}"
    last, following = timer.last_run or "never", timer.next_run or "not planned"
    return f"last {last}, next {following}"
