"""What the doctor looks at in the machine itself: disks, card, power, heat, memory.

To add a check, write a function from `Config` to `Finding` and put it into `CHECKS`. What a machine
does not tell is nothing to do. Changes nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from lantern.config import Config
from lantern.health import access, machine
from lantern.health.finding import Finding, to_do, well
from lantern.health.machine import LEAST_FREE_BYTES, PROCESSES, SYSTEM
from lantern.model import display_path

LEAST_FREE_FILES = 10_000
HOT_C = 80.0
"""From here on a Raspberry Pi slows down. [Raspberry Pi documentation, "Frequency management"]"""

THE_SYSTEM = "the system"

WORN_TENTHS = 8
"""Of an eMMC's life: what is left wants a copy, and a successor."""

NOW_WEAK, NOW_SLOW, WAS_WEAK, WAS_SLOW = 1 << 0, 1 << 1 | 1 << 2 | 1 << 3, 1 << 16, 0b111 << 17
"""Of `machine.throttled`: too little voltage; slowed down for it, or for heat; the same earlier."""

_SUPPLY = "use the Raspberry Pi's own power supply, and a short, thick cable"
_COOL = "give it air, a heat sink or a fan, and keep it out of the projector's warm air"
_PATIENCE_S = 2.0


def disk_space(config: Config) -> Finding:
    """Look whether each disk that somebody writes to has room."""
    told = []
    for what, folder in _written(config):
        room = machine.room(folder)
        if room and room.free < _least_free(folder, room):
            said = f"{what}: {room.free / 1e6:.0f} MB of {room.total / 1e9:.1f} GB are free"
            return to_do("disk space", said, f"make room: {_largest(what)}")
        told += [f"{what}: {room.free / 1e9:.1f} GB free"] if room else []
    return well("disk space", ", ".join(told))


def inodes(config: Config) -> Finding:
    """Look whether each disk that somebody writes to has room for files, however small."""
    for what, folder in _written(config):
        room = machine.inodes(folder)
        if room and room.free < LEAST_FREE_FILES:
            told = f"{what}: room for {room.free:,} files is left"
            listed = f'"sudo du --inodes -x {display_path(folder)} | sort -n"'
            step = f"find the folder that has too many, by {listed}"
            return to_do("inodes", told, step)
    return well("inodes", "there is room for files")


def writable_disks(config: Config) -> Finding:
    """Look whether a disk went read-only, as the kernel lets it when it fails."""
    for what, folder in _written(config):
        if machine.read_only(folder):
            told = f"{what} ({display_path(folder)}) is mounted read-only"
            step = (
                'unless you mean it to be, it fails: "sudo dmesg | grep -i error" tells how; copy '
                "what is on it, and replace it"
            )
            return to_do("disks", told, step)
    return well("disks", "none went read-only")


def lasting_disks(config: Config) -> Finding:
    """Look whether state and photos outlive a power cut: an overlay may lie over both."""
    for what, folder in _written(config):
        place = display_path(folder)
        if what != THE_SYSTEM and machine.is_forgotten(folder) and not place.startswith(_FLEETING):
            told = f"{what} ({place}) lies in memory, and is forgotten when power goes"
            step = (
                'give it a disk of its own, over which no overlay lies: "The SD card" in the README'
            )
            return to_do("memory of disks", told, step)
    return well("memory of disks", "what is written stays")


_FLEETING = ("/tmp/", "/run/", "/dev/shm/")  # noqa: S108 - whoever keeps state there knows


def disk_errors(config: Config, system: Path = SYSTEM) -> Finding:  # noqa: ARG001
    """Look whether a file system has noted errors in itself."""
    errors = machine.disk_errors(system)
    if not errors:
        return well("file systems", "no errors are noted")
    told = ", ".join(f"{name}: {count:,} errors" for name, count in sorted(errors.items()))
    step = (
        "copy what is on it, have it checked at the next start (add fsck.mode=force to "
        "/boot/firmware/cmdline.txt for once), and replace a card that makes more"
    )
    return to_do("file systems", told, step)


def card_wear(config: Config, system: Path = SYSTEM) -> Finding:  # noqa: ARG001
    """Look how worn the card is, where it tells: eMMC does, SD cards do not."""
    wear = machine.card_wear(system)
    if not wear:
        return well("card", "it does not tell how worn it is")
    told = ", ".join(f"{name}: {tenths * 10} % of its life used" for name, tenths in wear.items())
    if max(wear.values()) < WORN_TENTHS:
        return well("card", told)
    step = 'replace it soon; "scripts/install --volatile-journal" spares the next one'
    return to_do("card", told, step)


def heat(config: Config, system: Path = SYSTEM) -> Finding:  # noqa: ARG001
    """Look whether the machine is too hot now, or has slowed down for it since its start."""
    degrees = machine.heat_c(system)
    bits = _throttled(system)
    told = "not measured" if degrees is None else f"{degrees:.0f} °C"
    if degrees is not None and degrees >= HOT_C:
        return to_do("heat", f"{told}, and slows down from {HOT_C:.0f} °C on", _COOL)
    if bits and bits & (NOW_SLOW | WAS_SLOW) and not bits & (NOW_WEAK | WAS_WEAK):
        when = "is" if bits & NOW_SLOW else "was, since its start,"
        return to_do("heat", f"{told}; the processor {when} slowed down by heat", _COOL)
    return well("heat", told)


def power(config: Config, system: Path = SYSTEM) -> Finding:  # noqa: ARG001
    """Look whether the power supply is too weak now, or was since the machine's start."""
    bits, low = _throttled(system), machine.undervoltage(system)
    if low or (bits is not None and bits & NOW_WEAK):
        return to_do("power", "the voltage is too low now", _SUPPLY)
    if bits is not None and bits & WAS_WEAK:
        return to_do("power", "the voltage was too low since the machine's start", _SUPPLY)
    return well("power", "not measured" if bits is None and low is None else "enough voltage")


def memory(config: Config, processes: Path = PROCESSES) -> Finding:
    """Look whether the kernel had to end programs for want of memory."""
    free = machine.memory_free(processes)
    told = "not told" if free is None else f"{free / 1e6:.0f} MB free"
    if ended := machine.ended_for_memory(processes):
        said = f"{told}; the kernel ended programs for want of it, {ended:,} since the start"
        if config.captions.workers == 1:
            step = 'see which one is large: "ps -eo rss,comm --sort=-rss | head"'
        else:
            step = "describe with one worker: captions.workers = 1 in lantern.toml, then restart"
        return to_do("memory", said, step)
    return well("memory", told)


def watchdog(config: Config, system: Path = SYSTEM) -> Finding:  # noqa: ARG001
    """Look whether the hardware's watchdog would start a machine that hangs."""
    found = machine.watchdogs(system)
    if not found:
        return well("watchdog", "this machine has none")
    if any(found.values()):
        return well("watchdog", "a machine that hangs starts anew")
    if "Raspberry Pi" not in machine.model(system):
        return well("watchdog", "there is one, and nobody feeds it")
    step = (
        "set RuntimeWatchdogSec=15s below [Manager] in "
        "/etc/systemd/system.conf.d/lantern-watchdog.conf (scripts/install does), and reboot"
    )
    return to_do("watchdog", "nobody feeds it: a machine that hangs stays so", step)


def inotify(config: Config, processes: Path = PROCESSES) -> Finding:  # noqa: ARG001
    """Look whether the kernel grants enough watches."""
    try:
        watches = int((processes / "sys/fs/inotify/max_user_watches").read_text())
    except OSError:
        told = "this kernel has none, and changes wait for the regular scan"
        return to_do("inotify", told, "use a kernel with CONFIG_INOTIFY_USER, as Debian's has")
    if watches < LEAST_WATCHES:
        step = f'"sudo sysctl -w fs.inotify.max_user_watches={MANY_WATCHES}"'
        always = f"and, to keep it, that line in /etc/sysctl.d/lantern.conf; {watches} is few"
        return to_do("inotify", f"{watches} watches, one is wanted a folder", f"{step}, {always}")
    return well("inotify", f"{watches} watches")


LEAST_WATCHES, MANY_WATCHES = 8192, 524_288
"""A watch is needed for every folder; distributions' defaults lie between these."""

CHECKS: tuple[Callable[[Config], Finding], ...] = (
    disk_space,
    inodes,
    writable_disks,
    lasting_disks,
    disk_errors,
    card_wear,
    heat,
    power,
    memory,
    watchdog,
    inotify,
)


def _written(config: Config) -> Iterator[tuple[str, bytes]]:
    """Yield the folders on whose disks something is written, and what they are.

    A system that is mounted read-only is meant to be.
    """
    yield "Lantern's state", os.fsencode(access.standing(config.paths.state_folder))
    if config.captions.write != "off" and os.path.isdir(config.photos.folder):
        yield "the photo folder", config.photos.folder
    system = b"/var" if os.path.isdir("/var") else b"/"
    if not machine.read_only(system) or machine.went_read_only(system):
        yield THE_SYSTEM, system


def _least_free(folder: bytes, room: machine.Room) -> int:
    """Return below how many bytes a disk is as good as full; one in memory is small by nature."""
    in_memory = machine.is_forgotten(folder)
    return min(LEAST_FREE_BYTES, room.total // 10) if in_memory else LEAST_FREE_BYTES


def _largest(what: str) -> str:
    if what == "the photo folder":
        return "move photos away, or give them a larger disk"
    return '"sudo journalctl --vacuum-size=50M", "sudo apt clean", then "sudo du -xh / | sort -h"'


def _throttled(system: Path) -> int | None:
    """Return the firmware's bits: the kernel's attribute, else what vcgencmd says."""
    bits = machine.throttled(system)
    if bits is not None or system != SYSTEM or not shutil.which("vcgencmd"):
        return bits
    try:
        told = subprocess.run(
            ["vcgencmd", "get_throttled"],  # noqa: S607 - where it lies differs by release
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
            text=True,
        ).stdout
        return int(told.strip().partition("=")[2], 16)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
