"""`lantern screen`: the player, which the daemon drives over its socket.

This process becomes mpv, so that whoever starts and watches it (systemd) has mpv itself before it.
"""

from __future__ import annotations

import argparse
import os

from lantern import config
from lantern.cli.exit_codes import ExitCode
from lantern.errors import Unavailable
from lantern.kiosk import player


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--windowed", action="store_true", help="on a desktop, leave room for other windows"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Become the player; return never."""
    settings = config.load(config.find(arguments.config))
    socket = settings.paths.screen_socket
    try:
        socket.parent.mkdir(parents=True, exist_ok=True)
        os.chdir(socket.parent)  # its path may be longer than a socket's may be [unix(7)]
    except OSError as error:
        raise Unavailable(
            f"{socket.parent}: no folder for the player's socket ({error.strerror}); make it, or "
            "set paths.runtime"
        ) from error
    command = player.command(settings.show, socket.name, windowed=arguments.windowed)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise Unavailable(
            f'{player.PROGRAM}: cannot be started ({error.strerror}); "sudo apt install mpv"'
        ) from error
