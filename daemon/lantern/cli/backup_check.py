"""`lantern backup check`: have Borg check the repositories now."""

from __future__ import annotations

import argparse

from lantern import config
from lantern.backup import report as reports
from lantern.backup.run import Job
from lantern.backup.telling import lines
from lantern.cli.backup_named import named
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--repository", metavar="R", help="only this one")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Check, leave a report for the daemon, and print it; exit code 6 if something is wrong."""
    settings = configured(arguments)
    only = named(settings, arguments.repository)
    report = Job(settings, config.in_force(arguments.config).file).check(only)
    told = "\n".join(one_line(line) for line in lines(report))
    print(reports.encode(report).decode() if arguments.json else told)
    return ExitCode.OK if report.is_good else ExitCode.UNHEALTHY
