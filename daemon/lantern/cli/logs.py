"""`lantern logs`: the journal's entries of Lantern's units, found by journalctl.

Becomes journalctl, so that it pages, follows and ends as that does. `journal` writes the fields.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.named import below
from lantern.config import Config
from lantern.errors import PhotoError, Unavailable
from lantern.health.access import name_of_user
from lantern.health.units import UNITS
from lantern.model import PhotoId, display_path

JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))
"""Where journald keeps entries, on the disk or in memory [systemd-journald.service(8)]."""

USUALLY = 100
"""Lines, unless a time says how far back."""

MOST_TOLD = 12
PATIENCE_S = 20.0

_AGO = re.compile(r"\d+\s*[a-zA-Z]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is new")
    parser.add_argument(
        "--since", metavar="WHEN", help='from then on: 2h, yesterday, "2026-07-04 18:00"'
    )
    parser.add_argument("--until", metavar="WHEN", help="until then")
    parser.add_argument(
        "--photo", metavar="PATH|ID", help="of a photo: its file, or its number on the page"
    )
    parser.add_argument(
        "--event", metavar="WORDS", help='of what happened: "photo not described", or a part of it'
    )
    parser.add_argument(
        "--unit",
        action="append",
        metavar="NAME",
        choices=[unit.removesuffix(".service") for unit in UNITS],
        help="of one of Lantern's units: lantern, lantern-web, ...",
    )
    parser.add_argument(
        "-n",
        "--lines",
        type=_count,
        metavar="N",
        help=f"the newest N ({USUALLY}; with --since all)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object an entry")
    parser.set_defaults(usage=parser.error)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Become journalctl.

    Raises:
        Unavailable: there is no journal, or not for this user.
        PhotoError: no such photo.
    """
    words = command(arguments)
    sys.stdout.flush()
    os.execvp(words[0], words)  # noqa: S606 - that is meant


def command(arguments: argparse.Namespace) -> list[str]:
    """Return the command line that finds what is asked for; raises as `run` does."""
    program = _journalctl(arguments.config)
    words = [program, "--no-hostname"]
    asked = arguments.event or arguments.photo  # only Lantern tells of these
    words += [f"--unit={unit}" for unit in arguments.unit or (() if asked else UNITS)]
    words += ["--follow"] if arguments.follow else ["--pager-end"]
    words += ["--output=json"] if arguments.json else []
    words += [f"--since={_moment(arguments.since)}"] if arguments.since else []
    words += [f"--until={_moment(arguments.until)}"] if arguments.until else []
    lines = arguments.lines or (None if arguments.since else USUALLY)
    words += [f"--lines={lines}"] if lines else []
    if arguments.event:
        words += [f"LANTERN_EVENT={event}" for event in _events(program, arguments)]
    if arguments.photo:
        paths = _paths(configured(arguments), arguments.photo)
        words += [f"LANTERN_PHOTO={path}" for path in paths]
    return words


def _journalctl(explicit: Path | None) -> str:
    """Return the program that reads the journal, if there is one that this user may read."""
    program = shutil.which("journalctl")
    files = [file for folder in JOURNALS for file in folder.glob("*/system*.journal*")]
    if program is None or not files:
        raise Unavailable(f"logs: systemd keeps no journal here; {_elsewhere(explicit)}")
    if not any(os.access(file, os.R_OK) for file in files):
        user = name_of_user(os.geteuid())
        raise Unavailable(
            f'logs: {user} may not read the journal; "sudo lantern logs", or "sudo usermod -aG '
            f'systemd-journal {user}", then sign in anew'
        )
    return program


def _elsewhere(explicit: Path | None) -> str:
    """Return where the log is if not in the journal."""
    demo = explicit.with_name("lantern.log") if explicit else None
    if demo and demo.exists():
        return f'the demo writes its log into a file: "tail -F {demo}"'
    return '"lantern run" writes its log to standard error: look where that goes'


def _moment(text: str) -> str:
    """Return a time as journalctl reads it: "2h" is ago."""
    return f"-{text}" if _AGO.fullmatch(text) else text


def _events(program: str, arguments: argparse.Namespace) -> list[str]:
    """Return the events of the journal that the one asked for is, or is a part of."""
    wanted = arguments.event
    found = subprocess.run(
        [program, "--field=LANTERN_EVENT"], capture_output=True, check=False, timeout=PATIENCE_S
    )
    known = sorted(set(found.stdout.decode("utf-8", "replace").splitlines()))
    if wanted in known:
        return [wanted]
    if parts := [event for event in known if wanted.casefold() in event.casefold()]:
        return parts
    told = ", ".join(f'"{event}"' for event in known[:MOST_TOLD]) or "none"
    arguments.usage(f'expected an event that the journal tells of ({told}, …), got "{wanted}"')
    return []


def _paths(settings: Config, named: str) -> list[str]:
    """Return how the journal calls the files of the photo that is `named`.

    A name that is no path below the photo folder is taken for one within it.
    """
    if named.isdecimal():
        return [display_path(path) for path in _files(settings, PhotoId(int(named)))]
    try:
        return [display_path(below(settings.photos.folder, os.fsencode(named)))]
    except PhotoError:
        return [display_path(os.fsencode(named))]


def _files(settings: Config, photo: PhotoId) -> Iterator[bytes]:
    from lantern.catalog.reader import CatalogReader  # noqa: PLC0415 - seldom wanted

    record = CatalogReader.open(settings.paths.catalog).photo(photo, hidden=True)
    files: Iterable[bytes] = [file.path for file in record.files] if record else []
    if not files:
        raise PhotoError(f"logs: no photo has the number {photo}; name its file")
    yield from files


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return count
