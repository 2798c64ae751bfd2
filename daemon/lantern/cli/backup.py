"""`lantern backup …`: all that a person does about the backup, a module for each verb."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from lantern.backup.identity import run_as_owner
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode

VERBS = {
    "setup": "make keys and repositories, and say what to do on the other machine",
    "now": "back up now",
    "list": "list the archives",
    "check": "have Borg check the repositories",
    "drill": "take photos out of the newest archive and compare them",
    "mount": "look into an archive as into a folder",
    "restore": "bring back a file or a folder",
    "report": "tell what became of the backups",
}
"""Each a module `lantern.cli.backup_VERB`; only the one that is asked for is imported."""

AS_IS = frozenset({"setup", "restore", "mount"})
"""Root stays root for these: they give files to their owners, or show them to root."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    verbs = parser.add_subparsers(
        dest="verb", required=True, metavar="VERB", parser_class=_VerbParser
    )
    for name, help_text in VERBS.items():
        sentence = f"{help_text[0].upper()}{help_text[1:]}."
        verbs.add_parser(name, help=help_text, description=sentence)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Do as the verb says, as the backup's own user where root asks."""
    if arguments.verb not in AS_IS:
        run_as_owner(configured(arguments).paths)
    return ExitCode(_module(arguments.verb).run(arguments))


class _VerbParser(argparse.ArgumentParser):
    """A verb's parser, which asks its module for arguments once it is used."""

    def parse_known_args(self, *words: Any) -> Any:  # type: ignore[override]
        """Parse what follows the verb."""
        self.fill()
        return super().parse_known_args(*words)

    def fill(self) -> None:
        """Ask the module for its arguments."""
        _module(str(self.prog).rpartition(" ")[2]).add_arguments(self)


def _module(verb: str) -> Any:
    return importlib.import_module(f"lantern.cli.backup_{verb}")
