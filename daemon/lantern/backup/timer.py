"""When the backup runs: the configuration's schedule as systemd has it. Blocking; root's work.

Owns two files below /etc/systemd/system: the timer's schedule, and which folders of this machine
the unit may write into, for repositories on another disk.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from lantern import durable
from lantern.backup.location import Location
from lantern.config import Backup
from lantern.errors import ConfigError, Unavailable

TIMER, SERVICE = "lantern-backup.timer", "lantern-backup.service"

UNITS = Path("/etc/systemd/system")

RUNS = Path("/run/systemd/system")
"""There while systemd is the init system [sd_booted(3)]."""

_HEAD = '# Made by "lantern backup setup" from lantern.toml: changes here are lost.\n'


def next_run(schedule: str) -> str | None:
    """Return when `schedule` is due next, in systemd's words; None where there is no systemd.

    Raises:
        ConfigError: it is no calendar event.
    """
    command = ["systemd-analyze", "calendar", "--iterations=1", "--", schedule]
    try:
        told = subprocess.run(command, capture_output=True, check=False, text=True, timeout=20)
    except OSError:
        return None
    if told.returncode:
        reason = told.stderr.strip().splitlines()[-1:] or ["not understood"]
        raise ConfigError(
            f'backup.schedule: expected a calendar event such as "*-*-* 03:30", got {schedule!r} '
            f"({reason[0]}); see systemd.time(7)"
        )
    lines = (line.partition(": ") for line in told.stdout.splitlines())
    return next((value.strip() for name, _, value in lines if "Next elapse" in name), None)


def drop_ins(backup: Backup) -> dict[Path, str]:
    """Return what the files below `UNITS` are to hold, by their paths relative to it. Pure."""
    schedule = f"{_HEAD}[Timer]\nOnCalendar=\nOnCalendar={_escaped(backup.schedule)}\n"
    found = {Path(f"{TIMER}.d/schedule.conf"): schedule}
    places = [Location.of(repository) for repository in backup.repositories]
    here = [f'ReadWritePaths="-{_escaped(one.path)}"\n' for one in places if not one.is_far]
    if here:
        found[Path(f"{SERVICE}.d/repositories.conf")] = f"{_HEAD}[Service]\n{''.join(here)}"
    return found


def is_installed() -> bool:
    """Tell whether systemd runs here, and knows the timer."""
    return RUNS.is_dir() and _systemctl("cat", TIMER) == 0


def begin(backup: Backup, units: Path = UNITS) -> None:
    """Have systemd start the backup by its schedule from now on.

    Raises:
        Unavailable: this user may not, or systemd refuses.
    """
    wanted = drop_ins(backup)
    try:
        (units / f"{SERVICE}.d/repositories.conf").unlink(missing_ok=True)
        for path, text in wanted.items():
            (units / path).parent.mkdir(mode=0o755, exist_ok=True)
            durable.keep(units / path, text.encode())
    except OSError as error:
        raise Unavailable(
            f"{error.filename}: cannot be written ({error.strerror}); run it by sudo, and look at "
            "the disk"
        ) from error
    for words in (["daemon-reload"], ["enable", "--quiet", "--now", TIMER]):
        if code := _systemctl(*words):
            raise Unavailable(
                f'systemctl {" ".join(words)}: exit code {code}; see "systemctl status {TIMER}"'
            )


def _escaped(text: str) -> str:
    """Return `text` for a unit file, where "%" begins a specifier [systemd.unit(5)]."""
    return text.replace("%", "%%")


def _systemctl(*words: str) -> int:
    try:
        command = ["systemctl", *words]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode
    except OSError:
        return -1
