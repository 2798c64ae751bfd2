"""Print what a presence board and this side say to each other.

`scripts/board monitor [DEVICE]`. Speaks with the board as the daemon would, and shows each frame,
both ways, as one line. Ends with Ctrl-C, or when the line breaks.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from lantern.errors import ProtocolError, Unavailable
from lantern.link.framing import Deframer, Frame
from lantern.link.messages import COMMANDS, Configure, Lamp, Light, Message, fields, told
from lantern.link.serial import SerialPort, Wiring
from lantern.link.session import Session

LINE = Wiring(baud=115200)
AT_FIRST = Configure(
    interval_ms=50, enter_mm=1500, leave_mm=2000, offset_mm=0, motion=0, silence_ms=3000
)
GLANCE_S = 0.05


class Printed:
    """One direction of the line, printed frame by frame."""

    def __init__(self, arrow: str) -> None:
        self._arrow = arrow
        self._deframer = Deframer()

    def show(self, data: bytes) -> None:
        """Print the frames that `data` completes, and that there was rubbish."""
        spoiled = self._deframer.spoiled
        for frame in self._deframer.feed(data):
            self._line(f"{frame.number:3} {described(frame)}")
        if self._deframer.spoiled > spoiled:
            self._line("    no frame: " + repr(data)[2:-1])

    def _line(self, words: str) -> None:
        print(time.strftime("%H:%M:%S"), self._arrow, words, flush=True)


def described(frame: Frame) -> str:
    """Return the message in `frame`, in words."""
    for command in COMMANDS:
        if command.type == frame.type:
            return " ".join((command.__name__, *_fields(command, frame.payload)))
    try:
        message = told(frame)
    except ProtocolError as error:
        return str(error)
    values = msgspec.structs.asdict(message)
    words = (f"{name}={getattr(value, 'name', value)}" for name, value in values.items())
    return " ".join((type(message).__name__, *words))


def _fields(command: type[Message], payload: bytes) -> Iterator[str]:
    at = 0
    for field in fields(command):
        size = int(field.wire[1:]) // 8
        value = int.from_bytes(payload[at : at + size], "little", signed=field.wire[0] == "i")
        yield f"{field.name}={field.choices(value).name if field.choices else value}"
        at += size


def monitor(port: SerialPort) -> NoReturn:
    """Speak with the board on `port`, and print it, for as long as the line holds."""
    heard, said = Printed("<"), Printed(">")
    session = Session(AT_FIRST, Lamp(Light.PRESENCE), first=random.randint(1, 0xFFFF))
    session.begin(time.monotonic())
    fault = ""
    while True:
        data = port.read(min(GLANCE_S, max(0.0, session.due - time.monotonic())))
        heard.show(data)
        session.hear(data, time.monotonic())
        says = session.says(time.monotonic())
        port.write(says)
        said.show(says)
        if (new := session.fault(time.monotonic())) != fault and (fault := new):
            print(f"scripts/board monitor: the board {fault}", file=sys.stderr)


def advice(device: str) -> str:
    """Return what to try where `device` cannot be listened to."""
    if Path(device).exists():
        return 'if the daemon holds it: "lantern board status" tells how it is'
    return "plug the board in, or name its device: scripts/board monitor /dev/ttyUSB0"


def main() -> int:
    """Parse the arguments; return an exit code."""
    parser = argparse.ArgumentParser(prog="scripts/board monitor", description=__doc__)
    parser.add_argument("device", nargs="?", default="/dev/lantern-board")
    device = parser.parse_args().device
    try:
        monitor(SerialPort(device, LINE))
    except Unavailable as error:
        print(f"scripts/board monitor: {error}", file=sys.stderr)
        print(advice(device), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
