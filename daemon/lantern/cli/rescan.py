"""`lantern rescan`."""

from __future__ import annotations

import argparse

from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import Rescan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--accept-removals",
        action="store_true",
        help="forget files that are missing, however many; their photos are not touched",
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Ask the daemon for a full scan."""
    paths = configured(arguments).paths
    client.ask(paths.control_socket, Rescan(arguments.accept_removals))
    print('scan under way; "lantern status" tells how it goes')
    return ExitCode.OK
