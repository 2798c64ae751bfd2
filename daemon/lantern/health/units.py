"""What systemd tells of Lantern's units: `systemctl show`. Nothing where it does not run."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec

RUNS = Path("/run/systemd/system")
"""There while systemd is the init system [sd_booted(3)]."""

UNITS = (
    "lantern.service",
    "lantern-web.service",
    "lantern-screen.service",
    "lantern-safe-mode.service",
    "lantern-backup.service",
    "lantern-notice.service",
    "meilisearch.service",
)
BACKUP = "lantern-backup.timer"

PATIENCE_S = 5.0

_FIELDS = {
    "Id": "name",
    "LoadState": "load",
    "ActiveState": "active",
    "SubState": "sub",
    "UnitFileState": "file",
    "Result": "result",
    "NRestarts": "restarts",
    "ActiveEnterTimestamp": "since",
    "ActiveEnterTimestampMonotonic": "began",
    "ExecMainStatus": "status",
    "MemoryCurrent": "memory",
    "StatusText": "said",
    "LastTriggerUSec": "last_run",
    "NextElapseUSecRealtime": "next_run",
}


class Unit(msgspec.Struct, frozen=True):
    """A unit in systemd's own words, each "" where it has none."""

    name: str = ""
    load: str = ""
    active: str = ""
    sub: str = ""
    file: str = ""
    result: str = ""
    restarts: str = ""
    since: str = ""
    began: str = ""
    status: str = ""
    memory: str = ""
    said: str = ""
    last_run: str = ""
    next_run: str = ""

    @property
    def is_there(self) -> bool:
        """Tell whether the unit is installed."""
        return self.load == "loaded"

    @property
    def is_wanted(self) -> bool:
        """Tell whether it is to run: whoever disabled it wants it not."""
        return self.is_there and self.file.startswith("enabled")

    @property
    def began_s(self) -> float | None:
        """Return when it became active, in monotonic seconds; None where systemd does not tell."""
        return int(self.began) / 1e6 if self.began.isdecimal() and int(self.began) else None

    @property
    def short(self) -> str:
        """Return its name without ".service"."""
        return self.name.removesuffix(".service")


def states(names: Sequence[str] = (*UNITS, BACKUP), runs: Path = RUNS) -> tuple[Unit, ...]:
    """Return the units of `names` that are installed; none where systemd does not run."""
    if not runs.is_dir():
        return ()
    command = ["systemctl", "show", f"--property={','.join(_FIELDS)}", "--", *names]
    try:
        told = subprocess.run(
            command, capture_output=True, check=False, timeout=PATIENCE_S, text=True
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(unit for unit in map(_unit, told.split("\n\n")) if unit.is_there)


def next_backup(runs: Path = RUNS) -> float | None:
    """Return the Unix time at which the backup's timer is due, None where there is none. Blocking.

    systemd tells times for people; by D-Bus it tells microseconds, 0 and the highest for never.
    """
    if not runs.is_dir():
        return None
    name = BACKUP.replace("-", "_2d").replace(".", "_2e")  # sd_bus_path_encode(3)
    where = ["org.freedesktop.systemd1", f"/org/freedesktop/systemd1/unit/{name}"]
    what = ["org.freedesktop.systemd1.Timer", "NextElapseUSecRealtime"]
    command = ["busctl", "--system", "get-property", *where, *what]
    try:
        told = subprocess.run(
            command, capture_output=True, check=False, timeout=PATIENCE_S, text=True
        ).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return None
    match told:
        case ["t", microseconds] if microseconds.isdecimal() and 0 < int(microseconds) < 2**63:
            return int(microseconds) / 1e6
    return None


def _unit(block: str) -> Unit:
    """Return the unit of `block`, lines "Property=value"."""
    pairs = (line.partition("=") for line in block.splitlines())
    return Unit(**{_FIELDS[name]: value for name, _, value in pairs if name in _FIELDS})
