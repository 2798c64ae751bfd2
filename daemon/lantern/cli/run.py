"""`lantern run`: the daemon."""

from __future__ import annotations

import argparse
import ctypes
import os
import sys

from lantern import config, log
from lantern.cli.exit_codes import ExitCode
from lantern.notify import Systemd

_PR_SET_DUMPABLE = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--safe-mode", action="store_true", help="do little more than the show, this once"
    )
    parser.add_argument("--verbose", action="store_true", help="log every photo")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run until SIGTERM or SIGINT."""
    import anyio  # noqa: PLC0415 - see the package's docstring

    from lantern import service  # noqa: PLC0415 - the same

    close_memory()
    log.set_up(verbose=arguments.verbose)
    in_force = config.in_force(arguments.config)
    why = "asked for on the command line" if arguments.safe_mode else None
    environment = dict(os.environ)
    if anyio.run(service.run, in_force, Systemd.of(os.environ), why):
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606 - the same once more
    return ExitCode.OK


def close_memory() -> None:
    """Let no other process of this user look into this one, or write there: prctl(2).

    A worker is one; whoever took it over by a photo would find keys and the network here.
    """
    ctypes.CDLL(None).prctl(*map(ctypes.c_ulong, (_PR_SET_DUMPABLE, 0, 0, 0, 0)))
