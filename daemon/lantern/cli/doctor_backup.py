"""What the doctor looks at in the backup: program, secrets, timer, addresses. Changes nothing.

Beside the commands, since it asks of `backup` and of `health`, which do not know each other. To add
a check, write a function from `Config` to `Finding` and put it into `CHECKS`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from lantern.backup import timer
from lantern.backup.secrets import Secrets
from lantern.config import Config
from lantern.health import units
from lantern.health.finding import Finding, of_error, to_do, well

SETUP = '"sudo lantern backup setup"'


def examine(config: Config) -> list[Finding]:
    """Return what there is to find; one line where no backup is wanted."""
    if not config.backup.is_wanted:
        return [well("backup", "none is configured")]
    return [check(config) for check in CHECKS]


def program(config: Config) -> Finding:
    """Look whether Borg is there."""
    missing = [name for name in ("borg", "ssh") if shutil.which(name) is None]
    if missing:
        packages = {"borg": "borgbackup", "ssh": "openssh-client"}
        step = f'"sudo apt install {" ".join(packages[name] for name in missing)}"'
        return to_do("backup", f"not installed: {', '.join(missing)}", step)
    return well("backup", f"Borg is there, for {len(config.backup.repositories)} to save to")


def secrets(config: Config) -> Finding:
    """Look whether keys and passphrase are there, and nobody else may read them."""
    kept = Secrets.of(config.paths)
    if not kept.secret.is_dir():
        return to_do("backup secrets", f"{kept.folder}: not set up yet", SETUP)
    if os.access(kept.secret, os.X_OK) and not kept.is_set_up:
        return to_do("backup secrets", f"{kept.kept_passphrase}: there is no passphrase", SETUP)
    for flaw in kept.flaws():
        return of_error("backup secrets", flaw)
    return well("backup secrets", f"{kept.folder}: for the backup's user alone")


def schedule(config: Config) -> Finding:
    """Look whether the timer runs, and by the schedule of the configuration."""
    if not timer.RUNS.is_dir():
        step = 'nothing starts it by itself here: "lantern backup now --scheduled" does it once'
        return well("backup timer", step)
    found = next(iter(units.states((units.BACKUP,))), None)
    if found is None or found.active != "active" or not found.is_wanted:
        state = "not installed" if found is None else f"{found.active}, {found.file}"
        return to_do("backup timer", f"{units.BACKUP}: {state}", SETUP)
    for path, wanted in timer.drop_ins(config.backup).items():
        try:
            there = (timer.UNITS / path).read_text()
        except OSError:
            there = ""
        if there != wanted:
            told = f"{timer.UNITS / path}: not as lantern.toml has it"
            return to_do("backup timer", told, SETUP)
    return well("backup timer", f"next {found.next_run or 'not planned'}")


def notices(config: Config) -> Finding:
    """Look whether somebody can be written to."""
    file = config.backup.notice_addresses
    if config.backup.notices == "off":
        return well("backup notices", "nobody is to be written to (backup.notices)")
    try:
        size = file.stat().st_size
    except PermissionError:
        return to_do("backup notices", f"{file}: closed to you", "look by sudo")
    except OSError:
        size = 0
    if not size:
        step = (
            f'write an address a line, such as "mailto://name:password@example.org", into {file} '
            '(mode 0600), then "sudo lantern notify --test"; or set backup.notices = "off"'
        )
        return to_do("backup notices", f"{file}: no address, so nobody is written to", step)
    return well("backup notices", f'{file}: there; "sudo lantern notify --test" tries it')


CHECKS: tuple[Callable[[Config], Finding], ...] = (program, secrets, schedule, notices)
