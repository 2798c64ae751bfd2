"""`lantern run`: the daemon."""

from __future__ import annotations

import argparse
import os

from lantern import config, log
from lantern.cli.exit_codes import ExitCode
from lantern.notify import Systemd


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--verbose", action="store_true", help="log every photo")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run until SIGTERM or SIGINT."""
    import anyio  # noqa: PLC0415 - see the package's docstring

    from lantern import service  # noqa: PLC0415 - the same

    log.set_up(verbose=arguments.verbose)
    anyio.run(service.run, config.in_force(arguments.config), Systemd.of(os.environ))
    return ExitCode.OK
