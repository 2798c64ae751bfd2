"""`lantern safe-mode`: on, off, or whether it is on."""

from __future__ import annotations

import argparse

from lantern import config, safe_mode
from lantern.cli.exit_codes import ExitCode
from lantern.config import InForce
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import ProtocolError, Unavailable

NEXT = '"sudo systemctl restart lantern"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    on = actions.add_parser("on", help="let the daemon do little more than the show")
    on.add_argument("reason", nargs="*", metavar="WORD", help="why, for whoever comes next")
    actions.add_parser("off", help="let the daemon be itself again")
    actions.add_parser("status", help="tell whether it is on, and why; exit code 6 if it is")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Do it."""
    in_force = config.in_force(arguments.config)
    try:
        if arguments.action == "on":
            why = " ".join(arguments.reason) or "a person turned it on"
            safe_mode.turn_on(in_force, why)
            print(f"safe mode is on from the daemon's next start: {NEXT}")
        elif arguments.action == "off":
            safe_mode.turn_off(in_force)
            print(f"safe mode is off from the daemon's next start: {NEXT}")
        else:
            return _told(in_force)
    except OSError as error:
        raise Unavailable(
            f"{error.filename}: {error.strerror}; look as the daemon's user or root (sudo)"
        ) from error
    return ExitCode.OK


def _told(in_force: InForce) -> ExitCode:
    """Tell what the file says, and what the daemon does, which may have begun before it did."""
    why = safe_mode.reason(in_force)
    print(f"on: {why}" if why else "off")
    running = _is_daemon_in_it(in_force)
    if running is not None and running != (why is not None):
        print(f"but the daemon that runs is {'' if running else 'not '}in safe mode: {NEXT}")
    return ExitCode.UNHEALTHY if why or running else ExitCode.OK


def _is_daemon_in_it(in_force: InForce) -> bool | None:
    """Tell whether the daemon is in safe mode, None where none answers."""
    try:
        answer = client.ask(in_force.config.paths.control_socket, GetStatus())
    except (Unavailable, ProtocolError):
        return None
    return safe_mode.TOPIC in answer.topics if isinstance(answer, Status) else None
