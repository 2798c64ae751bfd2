"""`lantern web`: the page."""

from __future__ import annotations

import argparse

from lantern import log
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """Serve until SIGTERM or SIGINT."""
    import anyio  # noqa: PLC0415 - see the package's docstring

    from lantern import page  # noqa: PLC0415 - the same

    log.set_up()
    anyio.run(page.serve, configured(arguments))
    return ExitCode.OK
