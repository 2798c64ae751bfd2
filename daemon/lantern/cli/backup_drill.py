"""`lantern backup drill`: take photos out of the newest archive and compare them, now."""

from __future__ import annotations

import argparse

from lantern.backup import report as reports
from lantern.backup import spool
from lantern.backup.drill import drill
from lantern.backup.run import alone
from lantern.backup.telling import lines
from lantern.cli.backup_named import named
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--repository", metavar="R", help="only of this one")
    parser.add_argument(
        "--photos", type=int, metavar="N", help="so many photos, instead of backup.drill_photos"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="draw the same lots as another drill")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Drill, leave a report for the daemon, and print it; exit code 6 if something is wrong."""
    settings = configured(arguments)
    only = named(settings, arguments.repository)
    with alone(settings.paths):
        told = drill(settings, seed=arguments.seed, only=only, photos=arguments.photos)
        spool.leave(settings.paths, told)
    if arguments.json:
        print(reports.encode(told).decode())
    else:
        print("\n".join(one_line(line) for line in lines(told)))
        seeds = {one.proved.seed for one in told.repositories if one.proved}
        print("".join(f"  the lots again: --seed {seed}" for seed in seeds))
    return ExitCode.OK if told.is_good else ExitCode.UNHEALTHY
