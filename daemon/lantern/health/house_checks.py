"""What the doctor looks at in the house that Lantern lives in: its files, units, socket, journal.

To add a check, write a function from `Config` to `Finding` and put it into `CHECKS`. Where systemd
does not run, its part is nothing to do.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lantern.config import Config
from lantern.health import access, units
from lantern.health.finding import Finding, to_do, well
from lantern.health.units import RUNS, Unit

GROUP = "lantern"
MANY_STARTS = 3
JOURNAL = Path("/var/log/journal")
JOURNALD = ("usr/lib/systemd", "run/systemd", "etc/systemd")


def services(config: Config) -> Finding:  # noqa: ARG001
    """Look whether each unit that is enabled is active."""
    found = units.states()
    if not any(unit.name == "lantern.service" for unit in found):
        return well("services", "systemd looks after none of Lantern here")
    if wrong := [unit for unit in found if _is_down(unit)]:
        told = ", ".join(f"{one.short} is {one.active} ({one.result or one.sub})" for one in wrong)
        names = " ".join(one.short for one in wrong)
        step = f'"sudo systemctl restart {names}"; "{_logs(wrong)}" tells why'
        return to_do("services", told, step)
    active = ", ".join(unit.short for unit in found if unit.active == "active")
    return well("services", f"active: {active}")


def restarts(config: Config) -> Finding:  # noqa: ARG001
    """Look whether systemd has to start something again and again."""
    often = [
        unit
        for unit in units.states()
        if unit.restarts.isdecimal() and int(unit.restarts) > MANY_STARTS
    ]
    if often:
        told = " and ".join(f"{one.short} {one.restarts} times" for one in often)
        step = f'"{_logs(often)}" tells what ended {"them" if len(often) > 1 else "it"}'
        return to_do("restarts", f"started again by themselves: {told}", step)
    return well("restarts", "nothing is started again and again")


def _is_down(unit: Unit) -> bool:
    wanted = unit.is_wanted and unit.active not in ("active", "activating", "reloading")
    return unit.active == "failed" or wanted


def _logs(found: Sequence[Unit]) -> str:
    """Return the command that shows the log of these units."""
    return " ".join(["lantern logs", *(f"--unit {unit.short}" for unit in found)])


def config_file(file: Path) -> Finding:
    """Look whether strangers may change the configuration `file`, or the daemon cannot read it."""
    try:
        status = os.stat(file)
    except OSError as error:
        return to_do("permissions", f"{file}: {error.strerror}", f'look by "sudo ls -l {file}"')
    if status.st_mode & stat.S_IWOTH:
        return to_do("permissions", f"{file}: everybody may change it", f'"sudo chmod o-w {file}"')
    return well("permissions", f"{file}: nobody else may change it")


def secrets(config: Config) -> Finding:
    """Look whether everybody may read a file that holds a secret."""
    found = []
    for file in secret_files(config):
        with contextlib.suppress(OSError):  # not used, or nobody else can even see it
            if os.stat(file).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                found.append(str(file))
    if found:
        told = f"{', '.join(found)}: everybody may read {'them' if len(found) > 1 else 'it'}"
        return to_do("secrets", told, f'"sudo chmod o-rwx {" ".join(found)}"')
    return well("secrets", "no file with a secret is open to everybody")


def secret_files(config: Config) -> Iterator[Path]:
    """Yield the files that hold secrets: keys and passwords, or their hashes."""
    yield config.paths.password
    if config.search.engine != "embedded":
        yield from (config.search.key, config.search.search_key)
    if config.projector.password_file:
        yield Path(config.projector.password_file).expanduser()
    if config.backup.is_wanted:
        yield config.backup.notice_addresses
        yield config.paths.backup_folder / "secret" / "passphrase"


def control_socket(config: Config) -> Finding:
    """Look whether maintainers, by their group, and nobody else, may ask the daemon."""
    path = config.paths.control_socket
    try:
        status = os.stat(path)
    except PermissionError:
        step = f'"sudo usermod -aG {GROUP} {access.name_of_user(os.geteuid())}", then sign in anew'
        return to_do("control socket", f"{path}: this user may not get there", step)
    except OSError:
        return well("control socket", "there is none while no daemon runs")
    if not stat.S_ISSOCK(status.st_mode) or status.st_mode & stat.S_IRWXO:
        told = f"{path}: expected a socket that is closed to strangers (0660)"
        return to_do("control socket", told, '"sudo systemctl restart lantern" makes it anew')
    group = access.name_of_group(status.st_gid)
    if path.parent == Path("/run/lantern") and group != GROUP:
        told = f"{path}: belongs to the group {group}, maintainers are in {GROUP}"
        step = '"sudo systemd-tmpfiles --create", then "sudo systemctl restart lantern"'
        return to_do("control socket", told, step)
    if not access.may(os.geteuid(), status, os.R_OK | os.W_OK):
        user = access.name_of_user(os.geteuid())
        step = f'"sudo usermod -aG {group} {user}", then sign in anew'
        return to_do("control socket", f"{path}: {user} may not use it", step)
    return well("control socket", f"{path}: for the group {group}")


def journal_limit(
    config: Config,  # noqa: ARG001
    root: Path = Path("/"),
    journal: Path = JOURNAL,
    runs: Path = RUNS,
) -> Finding:
    """Look whether the journal may fill the card: ten percent of it, unless a limit is set."""
    if not runs.is_dir():
        return well("journal", "systemd keeps none here")
    settings = journald(root)
    if settings.get("Storage") in ("volatile", "none") or not journal.is_dir():
        return well("journal", "it is kept in memory alone")
    if limit := settings.get("SystemMaxUse"):
        return well("journal", f"it takes {limit} at most")
    step = (
        "set SystemMaxUse=200M below [Journal] in /etc/systemd/journald.conf.d/lantern.conf "
        '(scripts/install does), then "sudo systemctl restart systemd-journald"'
    )
    return to_do("journal", "no limit is set: it may take a tenth of the card", step)


def journald(root: Path = Path("/")) -> dict[str, str]:
    """Return journald's settings: of files by one name the last folder's, by name thereafter.

    [journald.conf(5), "Configuration directories and precedence"]
    """
    files = {f.name: f for one in JOURNALD for f in sorted(root.glob(f"{one}/journald.conf.d/*"))}
    settings: dict[str, str] = {}
    for file in (root / "etc/systemd/journald.conf", *(files[name] for name in sorted(files))):
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        pairs = (line.split("=", 1) for line in lines if "=" in line and line[:1] not in "#;")
        settings |= {name.strip(): value.strip() for name, value in pairs}
    return settings


def journal_fields(config: Config) -> Finding:  # noqa: ARG001
    """Look whether the journal gets fields to be asked by."""
    from lantern import journal  # noqa: PLC0415 - it tries a package of the system's

    if not RUNS.is_dir():
        return well("log fields", "systemd keeps no journal here")
    if journal.handler() is None:
        step = '"sudo apt install python3-systemd", then "sudo systemctl restart lantern"'
        return to_do("log fields", "systemd's Python package is missing", step)
    return well("log fields", "the journal can be asked by event and by photo")


CHECKS: tuple[Callable[[Config], Finding], ...] = (
    services,
    restarts,
    secrets,
    control_socket,
    journal_limit,
    journal_fields,
)
