"""`lantern backup now`: back up; with --scheduled as the timer does, or not at all today."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
from types import FrameType

from lantern import config, log
from lantern.backup import report as reports
from lantern.backup.report import Report
from lantern.backup.run import Job
from lantern.backup.telling import lines
from lantern.cli.backup_named import named
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line
from lantern.config import Config
from lantern.control import client
from lantern.control.protocol import GetShow, Showing
from lantern.errors import LanternError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--repository", metavar="R", help="only to this one")
    parser.add_argument(
        "--scheduled",
        action="store_true",
        help="as the timer does: not without mains or network, not while somebody watches the "
        "show; then check and drill, if they are due",
    )
    parser.add_argument("--json", action="store_true", help="print each report as a line of JSON")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Back up, leave a report for the daemon, and print it; exit code 4 if something failed."""
    settings = configured(arguments)
    only = named(settings, arguments.repository)
    _end_in_order()
    job = Job(settings, config.in_force(arguments.config).file)
    if arguments.scheduled:
        log.set_up()
        os.nice(10)
        done = job.planned(lambda: _somebody(settings))
    else:
        done = [job.back_up(only)]
    for report in done:
        print(_told(report, as_json=arguments.json))
    good = all(report.is_good or report.skipped for report in done)
    return ExitCode.OK if good else ExitCode.UNAVAILABLE


def _told(report: Report, *, as_json: bool) -> str:
    if as_json:
        return reports.encode(report).decode()
    return "\n".join(one_line(line) for line in lines(report))


def _somebody(settings: Config) -> bool:
    """Ask the daemon whether somebody stands before the show; it may be down, or have no show."""
    with contextlib.suppress(LanternError):
        answer = client.ask(settings.paths.control_socket, GetShow())
        return isinstance(answer, Showing) and bool(answer.present)
    return False


def _end_in_order() -> None:
    """Have systemd's word to end do what Ctrl-C does: a report is left."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
