"""The parts of a support bundle, each a text. One that cannot be had says why, and costs no other.

To add a part, write a function from `Asked` to its text and put it into `PARTS`.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_origin

import msgspec

import lantern
from lantern.cli import backup_report, doctor, status, status_told, support_log, surroundings
from lantern.cli.support_nameless import nameless, nowhere
from lantern.cli.support_private import NOBODYS
from lantern.cli.surroundings import Surroundings
from lantern.config import Config, InForce
from lantern.control.protocol import Status
from lantern.errors import Unavailable
from lantern.health import finding, machine, units
from lantern.health.scrub import Scrubber
from lantern.health.trial import try_model

DAYS, MOST_ENTRIES = 7, 5000
MOST_LOG_BYTES = 1_000_000
PATIENCE_S = 60.0
MOST_BACKUPS = 60

PROGRAMS = (
    ("mpv", "--version"),
    ("borg", "--version"),
    ("systemctl", "--version"),
    ("journalctl", "--version"),
)


class Asked(msgspec.Struct, frozen=True):
    """What a bundle is made of: the configuration in force, None with the reason why in `flaw`."""

    in_force: InForce | None
    flaw: str
    log: Path | None
    scrubber: Scrubber

    @property
    def settings(self) -> Config:
        """Return the configuration.

        Raises:
            Unavailable: there is none.
        """
        if self.in_force is None:
            raise Unavailable(self.flaw)
        return self.in_force.config


def told_status(asked: Asked) -> str:
    """Return the status for people."""
    known = _status(asked)
    return "\n".join(status_told.lines(known, asked.settings, _around(asked)))


def status_json(asked: Asked) -> str:
    """Return all of the status, but what names photos."""
    return _json(asked, json.loads(status.as_json(_status(asked), _around(asked))))


def findings(asked: Asked) -> str:
    """Return what the doctor finds."""
    if asked.in_force is None:
        raise Unavailable(asked.flaw)
    return _json(asked, json.loads(finding.as_json(doctor.examine(asked.in_force))))


def configuration(asked: Asked) -> str:
    """Return all options as they are in force: never the file itself, nor what stands in its notes.

    Text that is the owner's own is told as "(set)".
    """
    flaw = asked.in_force.flaw if asked.in_force else ""
    head = [f"# {asked.scrubber.text(flaw)}"] if flaw else []
    return "\n".join([*head, *_options(asked.settings, "", asked.scrubber)])


def versions(asked: Asked) -> str:  # noqa: ARG001 - every part takes it
    """Return the versions of what there is."""
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    told = {
        "lantern": lantern.__version__,
        "python": sys.version.split()[0],
        "system": release.get("PRETTY_NAME", "unknown"),
        "kernel": platform.release(),
        "processor": platform.machine(),
        "machine": machine.model(),
        **{program: _first_line(program, option) for program, option in PROGRAMS},
        **{one.name: one.version for one in importlib.metadata.distributions()},
    }
    return "\n".join(f"{name} {version}" for name, version in told.items() if version)


def logs(asked: Asked) -> str:
    """Return the log of the last days: the journal's, or the demo's file."""
    if shutil.which("journalctl") and units.RUNS.is_dir():
        command = ["journalctl", "--output=json", f"--since=-{DAYS}d", f"--lines={MOST_ENTRIES}"]
        command += [f"--unit={unit}" for unit in units.UNITS]
        found = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_S)
        return "\n".join(support_log.of_journal(found.stdout.splitlines(), asked.scrubber))
    if asked.log is None or not asked.log.exists():
        raise Unavailable("there is no journal here, and no log beside the configuration")
    text = asked.log.read_bytes()[-MOST_LOG_BYTES:].decode("utf-8", "replace")
    return "\n".join(support_log.of_lines(text.splitlines(), asked.scrubber))


def metrics(asked: Asked) -> str:
    """Return what Prometheus would be told."""
    from lantern.catalog.reader import CatalogReader  # noqa: PLC0415 - slow
    from lantern.gather import Gatherer  # noqa: PLC0415 - slow

    reader = CatalogReader.open(asked.settings.paths.catalog)
    return Gatherer(asked.settings, reader).metrics().decode()


def backups(asked: Asked) -> str:
    """Return what became of the newest backups; repositories by their number."""
    found = [nowhere(one) for one in backup_report.newest(asked.settings.paths, MOST_BACKUPS)]
    return _json(asked, msgspec.to_builtins({"reports": found}))


def model(asked: Asked) -> str:
    """Return how the caption model does here."""
    trial = try_model(asked.settings.captions.models_folder)
    return _json(asked, msgspec.to_builtins(trial))


def unit_states(asked: Asked) -> str:
    """Return systemd's units of Lantern."""
    states = units.states()
    if not states:
        raise Unavailable("systemd looks after none of Lantern here")
    return _json(asked, msgspec.to_builtins(states))


PARTS: Mapping[str, Callable[[Asked], str]] = {
    "status.txt": told_status,
    "status.json": status_json,
    "doctor.json": findings,
    "config.txt": configuration,
    "versions.txt": versions,
    "log.txt": logs,
    "metrics.txt": metrics,
    "backups.json": backups,
    "model.json": model,
    "units.json": unit_states,
}


def _json(asked: Asked, told: Any) -> str:
    """Return `told` as JSON. Scrubbed before, since JSON has other ways to write a name."""
    return json.dumps(asked.scrubber.tree(told), indent=1, ensure_ascii=False)


def _status(asked: Asked) -> Status:
    known = status.ask(asked.settings)
    return known if asked.scrubber.with_names else nameless(known)


def _around(asked: Asked) -> Surroundings:
    return msgspec.structs.replace(surroundings.look(asked.settings), host="this machine")


def _options(section: msgspec.Struct, prefix: str, scrubber: Scrubber) -> Iterator[str]:
    """Yield a line for each option of `section`."""
    for field in msgspec.structs.fields(section):
        name, value = f"{prefix}{field.name}", getattr(section, field.name)
        if isinstance(value, msgspec.Struct):
            yield from _options(value, f"{name}.", scrubber)
        elif isinstance(value, Mapping) and any(
            isinstance(v, msgspec.Struct) for v in value.values()
        ):
            for number, inner in enumerate(value.values(), 1):
                yield from _options(inner, f"{name}.{number}.", scrubber)
        elif isinstance(value, tuple) and any(isinstance(v, msgspec.Struct) for v in value):
            for number, inner in enumerate(value, 1):
                yield from _options(inner, f"{name}[{number}].", scrubber)
        else:
            yield f"{name} = {_option(field, value, scrubber)}"


def _option(field: msgspec.structs.FieldInfo, value: Any, scrubber: Scrubber) -> str:
    """Return a value: numbers, choices and defaults as they are, of the owner's text a word."""
    if value == field.default or value in NOBODYS or get_origin(field.type) is Literal:
        return repr(value)
    if isinstance(value, str):
        return scrubber.text(repr(value)) if scrubber.with_names else "(set)"
    if isinstance(value, int | float | bool) or field.name.endswith("day"):
        return repr(value)
    return scrubber.text(repr(value)) if scrubber.with_names else f"({len(value)} set)"


def _first_line(program: str, option: str) -> str:
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        told = subprocess.run(
            [path, option], capture_output=True, check=False, timeout=5, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter(told.stdout.splitlines()), "")
