"""`lantern status`: the daemon's word, or the catalog's, and what is to be seen around it."""

from __future__ import annotations

import argparse
import json
import time

import msgspec

import lantern
from lantern import config, safe_mode
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.status_told import lines
from lantern.cli.surroundings import Surroundings, look
from lantern.cli.terminal import Layout
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import Unavailable
from lantern.model import display_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the daemon's status, or what the catalog tells while it is down (exit code 4)."""
    settings = configured(arguments)
    status, around = ask(settings), look(settings)
    if not status.running:
        notices = (*status.notices, *_safe_mode(arguments))
        status = msgspec.structs.replace(status, notices=notices)
    told = (
        [as_json(status, around)]
        if arguments.json
        else lines(status, settings, around, Layout.now())
    )
    print("\n".join(told))
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


def as_json(status: Status, around: Surroundings) -> str:
    """Return both as one JSON object; paths that are not UTF-8 are told as text can."""
    told = msgspec.to_builtins(status, builtin_types=(bytes,))
    told["surroundings"] = msgspec.to_builtins(around)
    return json.dumps(told, default=display_path)


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
