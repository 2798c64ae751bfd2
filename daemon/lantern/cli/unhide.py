"""`lantern unhide FILE…`: let the page's visitors see hidden photos again."""

from __future__ import annotations

import argparse

from lantern.cli import hide
from lantern.cli.exit_codes import ExitCode

add_arguments = hide.add_arguments


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell the daemon which photos everybody may see again."""
    return hide.tell(arguments, hidden=False)
