"""`lantern board`: tell how the presence boards are, have one begin anew, or calibrate it."""

from __future__ import annotations

import argparse
import json
import os

import msgspec

from lantern.cli import board_asked
from lantern.cli.board_asked import real
from lantern.cli.board_told import is_well, lines, named, trouble
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.config import Config, Sensor
from lantern.control.protocol import FURTHEST_M, NEAREST_M
from lantern.errors import ConfigError
from lantern.link.board_state import BoardState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--sensor", metavar="NAME", help="the board of this sensor")
    which.add_argument("--device", metavar="PATH", help="the board at this device")
    which.add_argument("--json", action="store_true", help="print one JSON object")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("status", parents=[which], help="tell how the boards are")
    actions.add_parser("reset", parents=[which], help="have a board begin anew")
    calibrate = actions.add_parser(
        "calibrate",
        parents=[which],
        help="correct a board's distances by a thing that stands still before it",
    )
    calibrate.add_argument("metres", type=_metres, metavar="METRES", help="how far the thing is")
    parser.set_defaults(usage=parser.error)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Do as the action says, and print how the boards are then; exit code 4 if one is not well."""
    settings = configured(arguments)
    sections = chosen(settings, arguments.sensor, arguments.device)
    if arguments.action == "status":
        states = board_asked.look(settings, sections)
        told = [line for state in states for line in lines(state)]
    else:
        if len(sections) > 1:
            names = ", ".join(section.name for section in sections)
            arguments.usage(f"{arguments.action}: expected --sensor with one of {names}")
        state, sentence = _acted(settings, sections[0], arguments)
        states, told = [state], [sentence, *trouble(state)]
    as_json = json.dumps({"boards": msgspec.to_builtins(states)})
    print(as_json if arguments.json else "\n".join(told))
    return ExitCode.OK if all(is_well(state) for state in states) else ExitCode.UNAVAILABLE


def chosen(settings: Config, sensor: str | None, device: str | None) -> list[Sensor]:
    """Return the boards that are meant: one, or all of the configuration.

    A `device` that is no sensor's is a board without a name.

    Raises:
        ConfigError: there is no such sensor, or no board at all.
    """
    found = [board for board in settings.boards if sensor in (None, board.name)]
    if sensor is not None and not found:
        known = ", ".join(board.name for board in settings.boards) or "none is described"
        raise ConfigError(f"sensors: expected the name of a board ({known}), got {sensor!r}")
    if device is not None:
        at = [board for board in found if real(board.device) == real(device)]
        unnamed = found[0] if sensor else Sensor(name="", by="board")
        return at or [msgspec.structs.replace(unnamed, device=os.path.abspath(device))]
    if not found:
        raise ConfigError(
            'no sensor is a board; describe one in lantern.toml ([[sensors]] by = "board"), or '
            "name its device: --device /dev/ttyACM0"
        )
    return found


def _acted(
    settings: Config, section: Sensor, arguments: argparse.Namespace
) -> tuple[BoardState, str]:
    """Have the board begin anew, or calibrate it; return how it is then, and that in words."""
    if arguments.action == "reset":
        state = board_asked.restart(settings, section)
        return state, f"board {named(state)}: began anew, firmware {state.firmware}"
    if not section.name:
        raise ConfigError(
            f"{section.device}: expected the device of a sensor in lantern.toml, to which the "
            "result belongs; describe one, or say whose it is: --sensor NAME"
        )
    state = board_asked.calibrate(settings, section, arguments.metres)
    added = f"{state.offset_mm:+} mm are added to each distance from now on"
    return state, f"board {named(state)}: {added}"


def _metres(text: str) -> float:
    try:
        metres = float(text)
    except ValueError:
        metres = 0.0
    if not NEAREST_M <= metres <= FURTHEST_M:
        raise argparse.ArgumentTypeError(
            f"expected metres from {NEAREST_M:g} to {FURTHEST_M:g}, such as 1.5, got {text!r}"
        )
    return metres
