"""`lantern status`."""

from __future__ import annotations

import argparse
import json
import time

import msgspec

import lantern
from lantern import config, safe_mode
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import clock, one_line, shown_path
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import Unavailable
from lantern.health import captions
from lantern.model import display_path

MOST_PROBLEMS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the daemon's status, or what the catalog tells while it is down (exit code 4)."""
    status = ask(configured(arguments))
    if not status.running:
        told = (*status.notices, *_safe_mode(arguments))
        status = msgspec.structs.replace(status, notices=told)
    print(as_json(status) if arguments.json else "\n".join(lines(status)))
    return ExitCode.OK if status.running else ExitCode.UNAVAILABLE


def ask(settings: config.Config) -> Status:
    """Return the daemon's status, or the catalog's while no daemon answers.

    Raises:
        Unavailable: there is neither a daemon nor a catalog.
    """
    try:
        answer = client.ask(settings.paths.control_socket, GetStatus())
    except Unavailable as error:
        return _without_daemon(settings, str(error))
    if not isinstance(answer, Status):
        raise Unavailable("the daemon answered another question; try again")
    return answer


def as_json(status: Status) -> str:
    """Return the status as one JSON object; paths that are not UTF-8 are told as text can."""
    return json.dumps(msgspec.to_builtins(status, builtin_types=(bytes,)), default=display_path)


def lines(status: Status) -> list[str]:
    """Return the status for people."""
    counts = status.counts
    running = "running" if status.running else "NOT running"
    told = [
        f"Lantern {status.version}, {running}, photos in {status.root}",
        f"{counts.captioned} of {counts.files} files described: {counts.photos} photos",
        f"{counts.indexed} searchable, {counts.discovered} waiting"
        + (f", {counts.hidden} hidden" if counts.hidden else ""),
        f"{counts.retry} to be tried again, {counts.failed} failed",
    ]
    if status.show:
        told.append(f"show: {status.show.said}")
    if status.captions:
        told += captions.lines(status.captions, status.lately_ms)
    if status.newest:
        told.append(f"newest: {one_line(status.newest[0])}: {status.newest[1]}")
    if status.left_s and counts.discovered:
        told.append(f"{status.rate:.1f} photos/s, {clock(status.left_s)} left")
    told += [f"trouble: {notice}" for notice in status.notices]
    told += [
        f"{problem.state.lower()}: {shown_path(problem.path)}: {problem.reason}"
        for problem in status.problems[:MOST_PROBLEMS]
    ]
    if len(status.problems) > MOST_PROBLEMS:
        told.append(f'... and {len(status.problems) - MOST_PROBLEMS} more: "lantern status --json"')
    return told + _unwritten(status)


def _unwritten(status: Status) -> list[str]:
    """Return which photos cannot take their sentence, and how many wait for it."""
    told = []
    if status.counts.unwritten:
        told.append(f"{status.counts.unwritten:,} captions still to be written into photos")
    told += [
        f"caption not written: {shown_path(file.path)}: {file.reason}"
        for file in status.unwritten[:MOST_PROBLEMS]
    ]
    refused = status.counts.refused
    if refused > MOST_PROBLEMS:
        told.append(f'... {refused:,} photos cannot take a caption: "lantern status --json"')
    return told


def _safe_mode(arguments: argparse.Namespace) -> list[str]:
    """Return what no daemon is there to tell: that the next one will be in safe mode."""
    try:
        why = safe_mode.reason(config.in_force(arguments.config))
    except OSError:
        return []  # this user may not look; the doctor says so
    return [safe_mode.sentence(why)] if why else []


def _without_daemon(settings: config.Config, reason: str) -> Status:
    from lantern.catalog.reader import CatalogReader  # noqa: PLC0415 - see the package's docstring

    reader = CatalogReader.open(settings.paths.catalog)
    return Status(
        version=lantern.__version__,
        running=False,
        root=settings.photos.root,
        counts=reader.counts(),
        problems=tuple(reader.problems()),
        unwritten=tuple(reader.unwritten()),
        notices=(reason,),
        captions=reader.caption_health(time.time()),
    )
