"""The configuration that a command goes by, and a word where that is not what the file says."""

from __future__ import annotations

import argparse
import sys

from lantern import config


def configured(arguments: argparse.Namespace) -> config.Config:
    """Return the configuration in force; say on standard error if it is the last good one.

    Raises:
        ConfigError: there is none.
    """
    standing = config.in_force(arguments.config)
    if standing.flaw:
        print(f"lantern: {standing.flaw}", file=sys.stderr)
    return standing.config
