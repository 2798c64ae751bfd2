"""How the machine does: disks, heat, power, memory, its card. Reads what Linux tells, no more."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

SYSTEM = Path("/sys")
PROCESSES = Path("/proc")

LEAST_FREE_BYTES = 500 * 1024 * 1024
"""A disk with less room is as good as full."""

PLAUSIBLE_C = range(-40, 151)
"""Sensors that are not there read as absolute zero or as thousands of degrees."""


class Room(msgspec.Struct, frozen=True):
    """Bytes of the disk that holds a folder, `free` those that this user may take."""

    free: int
    total: int


def room(folder: bytes) -> Room | None:
    """Return the room on the disk of `folder`, None where it cannot be read."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return Room(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)


def inodes(folder: bytes) -> Room | None:
    """Return for how many files the disk of `folder` has room; None where it sets no number."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return Room(disk.f_favail, disk.f_files) if disk.f_files else None


def device(folder: bytes) -> int | None:
    """Return the number of the disk of `folder`, None where it cannot be read."""
    try:
        return os.stat(folder).st_dev
    except OSError:
        return None


def read_only(folder: bytes) -> bool:
    """Tell whether the disk of `folder` is mounted read-only."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


class Mount(msgspec.Struct, frozen=True):
    """How a folder is mounted: its file system's kind, and options of the mount and of that."""

    kind: str
    options: tuple[str, ...]
    own_options: tuple[str, ...]


def mount(folder: bytes, processes: Path = PROCESSES) -> Mount | None:
    """Return how `folder` is mounted, None where nobody tells. [proc(5), /proc/PID/mountinfo]."""
    wanted, found, longest = os.path.realpath(folder), None, -1
    for line in _text(processes / "self/mountinfo").splitlines():
        head, _, tail = line.partition(" - ")
        place = _unescaped(head.split()[4])
        if len(place) >= longest and (wanted + b"/").startswith(place.rstrip(b"/") + b"/"):
            kind, _, own = tail.split(maxsplit=2)
            options = tuple(head.split()[5].split(","))
            found, longest = Mount(kind, options, tuple(own.split(","))), len(place)
    return found


def went_read_only(folder: bytes, processes: Path = PROCESSES) -> bool:
    """Tell whether the disk of `folder` is read-only by itself: nobody mounted it so.

    A file system that finds an error in itself becomes read-only; its mount's own options stay.
    [Linux: fs/ext4/super.c, ext4_handle_error]
    """
    there = mount(folder, processes)
    return there is not None and "ro" in there.own_options and "ro" not in there.options


def is_forgotten(folder: bytes, processes: Path = PROCESSES) -> bool:
    """Tell whether what is written to `folder` lies in memory: a tmpfs, or an overlay over a card.

    Raspberry Pi OS lays the overlay by a word to the kernel, "overlayroot=tmpfs", or earlier
    "boot=overlay". [raspi-config, enable_overlayfs; overlayroot.conf]
    """
    there = mount(folder, processes)
    if there is None or there.kind != "overlay":
        return there is not None and there.kind in ("tmpfs", "ramfs")
    words = _text(processes / "cmdline").split()
    return any(word.startswith(("overlayroot=tmpfs", "boot=overlay")) for word in words)


def _unescaped(place: str) -> bytes:
    """Return a path that proc(5) tells with octal digits for spaces and the like."""
    return re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), os.fsencode(place))


def heat_c(system: Path = SYSTEM) -> float | None:
    """Return the degrees Celsius of the hottest thermal zone, None where there is none.

    Zones tell thousandths of degrees. [Linux: "Generic Thermal Sysfs driver"]
    """
    read = (_number(zone) for zone in system.glob("class/thermal/thermal_zone*/temp"))
    degrees = [value / 1000 for value in read if value is not None]
    return max((value for value in degrees if int(value) in PLAUSIBLE_C), default=None)


def undervoltage(system: Path = SYSTEM) -> bool | None:
    """Tell whether a Raspberry Pi had too little voltage lately; None where nobody measures it.

    The firmware is asked every two seconds. [Linux: "Kernel driver raspberrypi-hwmon"]
    """
    for name in system.glob("class/hwmon/hwmon*/name"):
        if _text(name) == "rpi_volt":
            alarm = _number(name.with_name("in0_lcrit_alarm"))
            return None if alarm is None else alarm != 0
    return None


def throttled(system: Path = SYSTEM) -> int | None:
    """Return the bits by which a Raspberry Pi's firmware tells of power and heat, None elsewhere.

    [Raspberry Pi documentation, "vcgencmd", get_throttled; Linux: drivers/firmware/raspberrypi.c]
    """
    for file in system.glob("devices/platform/soc*/*firmware/get_throttled"):
        try:
            return int(_text(file), 16)
        except ValueError:
            continue
    return None


def model(system: Path = SYSTEM) -> str:
    """Return what the machine is, as its device tree or its maker says; "" for unknown."""
    names = ("firmware/devicetree/base/model", "class/dmi/id/product_name")
    return next(filter(None, (_text(system / name).strip("\0") for name in names)), "")


def up_s(processes: Path = PROCESSES) -> float | None:
    """Return the seconds since the machine started. [proc(5), uptime]."""
    first = _text(processes / "uptime").partition(" ")[0]
    return float(first) if first else None


def ended_for_memory(processes: Path = PROCESSES) -> int:
    """Return how many programs the kernel ended for want of memory since the start.

    [proc(5), vmstat: oom_kill]
    """
    for line in _text(processes / "vmstat").splitlines():
        name, _, count = line.partition(" ")
        if name == "oom_kill":
            return int(count)
    return 0


def disk_errors(system: Path = SYSTEM) -> dict[str, int]:
    """Return how many errors each ext4 file system has noted in itself, by its device's name.

    [Linux: Documentation/ABI/testing/sysfs-fs-ext4, errors_count]
    """
    counts = {file.parent.name: _number(file) for file in system.glob("fs/ext4/*/errors_count")}
    return {name: count for name, count in counts.items() if count}


def card_wear(system: Path = SYSTEM) -> dict[str, int]:
    """Return how worn each eMMC is, in tenths of its life (11: beyond), by its device's name.

    SD cards do not tell. [Linux: "SD and MMC Device Attributes", life_time]
    """
    told = {}
    for file in system.glob("block/mmcblk*/device/life_time"):
        tenths = [int(word, 16) for word in _text(file).split()]
        if any(tenths):
            told[file.parent.parent.name] = max(tenths)
    return told


def watchdogs(system: Path = SYSTEM) -> dict[str, bool]:
    """Return which hardware watchdogs there are, and whether somebody feeds them.

    [Linux: Documentation/ABI/testing/sysfs-class-watchdog, state]
    """
    return {
        file.parent.name: _text(file) == "active"
        for file in system.glob("class/watchdog/watchdog*/state")
    }


def memory_free(processes: Path = PROCESSES) -> int | None:
    """Return the bytes that programs may still take without swapping; None where nobody tells.

    [proc(5), MemAvailable]
    """
    for line in _text(processes / "meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    return None


def memory_stalled(processes: Path = PROCESSES) -> float | None:
    """Return the percentage of the last ten seconds in which something waited for memory.

    None where the kernel does not tell, as on a Raspberry Pi without "psi=1" on its command line.
    [Linux: "PSI - Pressure Stall Information"]
    """
    for line in _text(processes / "pressure" / "memory").splitlines():
        kind, *fields = line.split()
        values = dict(field.split("=", 1) for field in fields)
        if kind == "some" and "avg10" in values:
            return float(values["avg10"])
    return None


def _number(file: Path) -> int | None:
    try:
        return int(_text(file))
    except ValueError:
        return None


def _text(file: Path) -> str:
    """Return what `file` says; nothing where a driver has no answer now."""
    try:
        return file.read_text().strip()
    except OSError:
        return ""
