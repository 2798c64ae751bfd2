"""How the machine does: disks, heat, power, memory. Reads what Linux tells, no more."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

SYSTEM = Path("/sys")
PROCESSES = Path("/proc")

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
