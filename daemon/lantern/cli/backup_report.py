"""`lantern backup report`: what became of the backups, by the catalog; no daemon is needed."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator

import msgspec

from lantern.backup import spool
from lantern.backup.report import Report, decode
from lantern.backup.telling import lines
from lantern.catalog.reader import CatalogReader
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line
from lantern.config import Config, Paths
from lantern.control import client
from lantern.control.protocol import SeenBackups

MOST = 500
"""So many are looked through for the newest of each kind."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--last", type=int, metavar="N", help="the newest N (the newest backup, check and drill)"
    )
    parser.add_argument(
        "--seen", action="store_true", help="what changed was meant: raise no alarm of it any more"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print reports, the newest first.

    Raises:
        Unavailable: the catalog cannot be read, or with --seen the daemon does not answer.
    """
    settings = configured(arguments)
    found = newest(settings.paths, arguments.last)
    if arguments.seen:
        client.ask(settings.paths.control_socket, SeenBackups())
    if arguments.json:
        print(msgspec.json.encode({"reports": found}).decode())
    else:
        print("\n".join(map(one_line, _lines(settings, found))))
    return ExitCode.OK


def newest(paths: Paths, count: int | None = None) -> list[Report]:
    """Return the newest `count` reports, else the newest one of each action; the newest first.

    What the daemon has not taken in yet is among them.

    Raises:
        Unavailable: the catalog cannot be read.
    """
    kept = {report.id: report for report in (*_kept(paths), *spool.reports(paths))}
    found = [kept[name] for name in sorted(kept, reverse=True)]
    if count is not None:
        return found[:count]
    first = {report.action: report for report in reversed(found)}
    return sorted(first.values(), key=lambda report: report.id, reverse=True)


def _kept(paths: Paths) -> Iterator[Report]:
    if not paths.catalog.exists():
        return
    for one in CatalogReader.open(paths.catalog).backup_reports(MOST):
        with contextlib.suppress(msgspec.DecodeError):  # of another version
            yield decode(one.text)


def _lines(settings: Config, found: list[Report]) -> list[str]:
    if found:
        return [line for report in found for line in lines(report)]
    if settings.backup.is_wanted:
        return ['there was no backup yet; "sudo lantern backup now" makes one']
    return ["no backup is configured; see [backup] in lantern.toml"]
