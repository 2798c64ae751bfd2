"""`lantern hide FILE…`: keep photos of the collection from the page's visitors."""

from __future__ import annotations

import argparse

from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.named import named
from lantern.cli.terminal import shown_path
from lantern.control import client
from lantern.control.protocol import Hid, HidePhoto
from lantern.errors import ProtocolError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a photo; identical copies go with it"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell the daemon which photos no visitor is to see; the files stay as they are."""
    return tell(arguments, hidden=True)


def tell(arguments: argparse.Namespace, *, hidden: bool) -> ExitCode:
    """Tell the daemon whether these photos are hidden; print each file that it goes for."""
    settings = configured(arguments)
    paths = [named(file, settings.photos.folder) for file in arguments.files]
    for path in paths:
        question = HidePhoto(path=path, hidden=hidden)
        answer = client.ask(settings.paths.control_socket, question)
        if not isinstance(answer, Hid):
            raise ProtocolError(f"expected what is hidden, got {type(answer).__name__}")
        for file in answer.files:
            print(f"{shown_path(file)}: {'hidden' if answer.hidden else 'shown'}")
    return ExitCode.OK
