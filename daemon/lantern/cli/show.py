"""`lantern show`: what plays, and the maintainer's word to it."""

from __future__ import annotations

import argparse
import json
import time
from typing import cast, get_args

import msgspec

from lantern import config
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import clock, one_line
from lantern.control import client
from lantern.control.protocol import Direct, GetShow, Order, Play, Question, Showing
from lantern.errors import ProtocolError

ORDERS = get_args(Order)

_SILENT_DB = -60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "order",
        nargs="?",
        default="status",
        choices=("status", *ORDERS, "play"),
        help="what the show is to do; nothing: tell how it goes. open and close overrule the "
        "opening hours until auto",
    )
    parser.add_argument(
        "query", nargs="*", help="with play: photos to search for; none: the programme again"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(usage=parser.error)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell the daemon what the show is to do, and print what it does."""
    if arguments.query and arguments.order != "play":
        arguments.usage(f"{arguments.order}: expected no further words; did you mean play?")
    settings = configured(arguments)
    showing = ask(settings, question(arguments.order, arguments.query))
    as_json = json.dumps(msgspec.to_builtins(showing))
    print(as_json if arguments.json else "\n".join(lines(showing)))
    return ExitCode.OK


def question(order: str, words: list[str]) -> Question:
    """Return what the daemon is asked for `order`."""
    if order == "status":
        return GetShow()
    return Play(" ".join(words)) if order == "play" else Direct(cast("Order", order))


def ask(settings: config.Config, asked: Question) -> Showing:
    """Return the daemon's answer.

    Raises:
        Unavailable: there is no daemon, no show, or nothing that could obey.
    """
    answer = client.ask(settings.paths.control_socket, asked)
    if not isinstance(answer, Showing):
        raise ProtocolError(f"expected the show, got {type(answer).__name__}")
    return answer


def lines(showing: Showing) -> list[str]:
    """Return the show for people."""
    told = [f"show: {showing.said}", doors(showing)]
    if showing.work is not None:
        sentence = f": {showing.sentence}" if showing.sentence else ""
        told.append(f"plays {one_line(showing.work)}, {clock(showing.position_s)}{sentence}")
    if showing.programme:
        told.append(f"programme: {one_line(showing.programme)}{there_is(showing)}")
    told.append(f"sound: {sound(showing)}")
    if showing.power is not None:
        hours = "".join(f", lamp {number:,} h" for number in showing.lamp_hours)
        told.append(f"projector: {showing.power}{hours}")
    if showing.eased:
        pace = "rests" if showing.eased == 1 else "goes slowly"
        told.append(f"describing photos {pace}: {showing.eased_by}")
    return told + [f"trouble: {one_line(sentence)}" for sentence in showing.troubles]


def there_is(showing: Showing) -> str:
    """Return how much there is to be played."""
    counts = (("photo", showing.photos), ("film", showing.films))
    return "".join(
        f", {count:,} {thing}{'' if count == 1 else 's'}" for thing, count in counts if count
    )


def doors(showing: Showing) -> str:
    """Return whether it is open, and until when."""
    if showing.doors != "auto":
        return f'kept {"open" if showing.is_open else "closed"} until "lantern show auto"'
    state = "open" if showing.is_open else "closed"
    return f"{state}{_until(showing.changes_at)}"


def _until(wall: float | None) -> str:
    """Return the time on this machine's clock, with the day if it is not today."""
    if wall is None:
        return ""
    then, now = time.localtime(wall), time.localtime()
    day = "" if then[:3] == now[:3] else time.strftime("%A %d %B, ", then)
    return f" until {day}{time.strftime('%H:%M', then)}"


def sound(showing: Showing) -> str:
    """Return how loud it is."""
    if showing.muted:
        return "muted"
    return "silent" if showing.gain_db <= _SILENT_DB else f"{round(showing.gain_db)} dB"
