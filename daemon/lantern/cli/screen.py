"""`lantern screen`: the player, which the daemon drives over its socket.

This process becomes mpv, so that whoever starts and watches it (systemd) has mpv itself before it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from lantern import lock
from lantern.cli.configured import configured
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
    settings = configured(arguments)
    socket = settings.paths.screen_socket
    try:
        socket.parent.mkdir(parents=True, exist_ok=True)
        os.chdir(socket.parent)  # its path may be longer than a socket's may be [unix(7)]
    except OSError as error:
        raise Unavailable(
            f"{socket.parent}: no folder for the player's socket ({error.strerror}); make it, or "
            "set paths.runtime"
        ) from error
    _lock(socket.with_suffix(".lock"))
    command = player.command(settings.show, socket.name, windowed=arguments.windowed)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise Unavailable(
            f'{player.PROGRAM}: cannot be started ({error.strerror}); "sudo apt install mpv"'
        ) from error


def _lock(path: Path) -> None:
    """Keep other screens off the socket for as long as this process lives, also once it is mpv.

    mpv takes a socket's name from whoever listens there, who then plays on out of reach.
    """
    try:
        os.set_inheritable(lock.take(Path(path.name), 0o600), True)
    except BlockingIOError as error:
        raise Unavailable(
            f"{path.parent}: another lantern screen runs here; stop it first, or set "
            "paths.runtime to another folder"
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{path}: cannot be written ({error.strerror}); give the folder to this user, or "
            "set paths.runtime to another"
        ) from error
