"""`lantern backup drill`: take photos out of the newest archive and compare them, now."""

from __future__ import annotations

import argparse

from lantern.backup import report as reports
from lantern.backup import spool
from lantern.backup.drill import drill
from lantern.backup.report import Report, RepositoryReport
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import duration
from lantern.config import Config
from lantern.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--repository", metavar="R", help="only this one, as backup.repositories has it"
    )
    parser.add_argument(
        "--photos", type=int, metavar="N", help="so many photos, instead of backup.drill_photos"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="draw the same lots as another drill")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Drill, leave a report for the daemon, and print it; exit code 6 if something is wrong."""
    settings = configured(arguments)
    only = [arguments.repository] if arguments.repository else []
    _require_known(settings, only)
    told = drill(settings, seed=arguments.seed, only=only, photos=arguments.photos)
    spool.leave(settings.paths, told)
    print(reports.encode(told).decode() if arguments.json else "\n".join(_lines(told)))
    return ExitCode.OK if told.is_good else ExitCode.UNHEALTHY


def _require_known(settings: Config, only: list[str]) -> None:
    known = settings.backup.repositories
    if not known or any(one not in known for one in only):
        listed = ", ".join(known) or "none is named"
        raise ConfigError(f"backup.repositories: expected one of these ({listed}), got {only}")


def _lines(told: Report) -> list[str]:
    return [line for one in told.repositories for line in _of(one)]


def _of(one: RepositoryReport) -> list[str]:
    proved = one.proved
    if proved is None:
        return list(one.sentences)
    drawn = f"{proved.files:,} files ({proved.photo_bytes / 1e6:,.1f} MB) and the catalog"
    how = "all as they should be" if not one.sentences else "not all as they should be"
    head = (
        f"{one.repository}: {drawn} taken out of {proved.archive} in {duration(one.seconds)}, "
        f"{how} (seed {proved.seed})"
    )
    return [head, *(f"  {sentence}" for sentence in one.sentences)]
