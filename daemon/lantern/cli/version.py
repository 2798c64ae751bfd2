"""`lantern version`."""

from __future__ import annotations

import argparse

import lantern
from lantern.cli.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


def run(arguments: argparse.Namespace) -> ExitCode:  # noqa: ARG001 - it has none
    """Print the version."""
    print(lantern.__version__)
    return ExitCode.OK
