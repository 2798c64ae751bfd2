"""All of Lantern in a guest, in a slice of its own that is held to so much memory.

Its player draws for a terminal that nobody sees, since the guest has no display.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support import layer
from support.guest import Guest
from support.shell import all_active

UNITS = ("lantern", "lantern-screen", "lantern-web")
LIMIT_MB = 400
"""What all of Lantern is to do with, on a Raspberry Pi that has a gigabyte."""

_SLICE = f"[Slice]\nMemoryMax={LIMIT_MB}M\n"
_IN_SLICE = "[Service]\nSlice=lantern.slice\n"

_PLAYER = """#!/bin/sh
exec /usr/bin/mpv "$@" --vo=sixel --vo-sixel-width=64 --vo-sixel-height=36 \
    --vo-sixel-cols=20 --vo-sixel-rows=10 >/dev/null
"""


def lay(laid: Path, root: Path, config: str) -> None:
    """Make the layer `laid` over the Debian in `root`, with this configuration, in the slice."""
    layer.lay(laid, root, config)
    layer.write(laid / "usr/local/bin/mpv", _PLAYER)
    (laid / "usr/local/bin/mpv").chmod(0o755)
    units = laid / "etc/systemd/system"
    layer.write(units / "lantern.slice", _SLICE)
    for unit in UNITS:
        layer.write(units / f"{unit}.service.d" / "slice.conf", _IN_SLICE)


def is_up(machine: Guest) -> bool:
    """Tell whether all of it runs."""
    return machine.run(all_active(*UNITS)).returncode == 0


def put(machine: Guest, source: str, name: str) -> None:
    """Copy a file of the shared folder among the photos."""
    machine.told(f"install -o lantern -g lantern -m 644 /rig/{source} /srv/photos/{name}")


def status(machine: Guest) -> dict[str, Any]:
    """Return what the daemon says, nothing where it does not answer."""
    asked = machine.run("lantern status --json")
    told: dict[str, Any] = json.loads(asked.stdout) if asked.returncode == 0 else {}
    return told


def counts(machine: Guest, *states: str) -> list[int]:
    """Return how many photos are in each of `states`, -1 where nobody says."""
    return [status(machine).get("counts", {}).get(state, -1) for state in states]


def group(machine: Guest, name: str) -> str:
    """Return what the kernel says of a control group of Lantern's."""
    return machine.told(f"cat /sys/fs/cgroup/lantern.slice/{name}")


def killed(machine: Guest, unit: str) -> int:
    """Return how many processes of the unit were killed for want of memory."""
    events = group(machine, f"{unit}.service/memory.events").splitlines()
    return next(int(line.split()[1]) for line in events if line.startswith("oom_kill "))


def peaks_mb(machine: Guest) -> dict[str, int]:
    """Return the most that each unit ever held, files that the kernel kept for it included."""
    return {u: int(group(machine, f"{u}.service/memory.peak")) >> 20 for u in UNITS}
