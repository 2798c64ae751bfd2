"""What the presence board and Lantern say to each other: the one source of truth for both.

Each message is a class; its fields with their types and ranges, and the numbers of their choices,
make up the *dictionary* (`DICTIONARY`), whose hash both sides compare before anything else. The
firmware's tables (firmware/core/messages.h) are made from it by `scripts/board messages`. Pure.

Commands go to the board and are numbered; frames from the board carry the number of the last
command that it took. See `session` for who says what when, and firmware/PROTOCOL.md for all of it.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import struct
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta

from lantern.errors import ProtocolError
from lantern.link.framing import Frame

NEAREST_MM, FURTHEST_MM = 30, 4000
"""What the sensor tells apart: what is nearer is near, and what is further is away, in any case."""

MOST_OFFSET_MM = 500
"""What may be added to a distance, or taken from it."""

NOTHING_MM = 0xFFFF
"""A distance where there is none: `Report.echo` says why."""

_M = TypeVar("_M", bound="Message")
_U8, _U16, _U32, _I16 = ({"wire": wire} for wire in ("u8", "u16", "u32", "i16"))
_CODES = {"u8": "B", "u16": "H", "u32": "I", "i16": "h"}

U8 = Annotated[int, Meta(ge=0, le=0xFF, extra=_U8)]
U16 = Annotated[int, Meta(ge=0, le=0xFFFF, extra=_U16)]
U32 = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF, extra=_U32)]
Flag = Annotated[int, Meta(ge=0, le=1, extra=_U8)]


class Reset(enum.IntEnum):
    """Why the board began anew. `ASKED`: by `Restart`. `EXTERNAL`: by its button or over USB."""

    UNKNOWN = 0
    POWER = 1
    BROWN_OUT = 2
    EXTERNAL = 3
    WATCHDOG = 4
    ASKED = 5


class Latched(enum.IntEnum):
    """Why the board went to its safe state since it was last greeted."""

    NOTHING = 0
    HOST_SILENT = 1


class Refusal(enum.IntEnum):
    """What became of the last command."""

    NONE = 0
    UNKNOWN_TYPE = 1
    WRONG_LENGTH = 2
    OUT_OF_RANGE = 3


class Echo(enum.IntEnum):
    """What the ultrasonic sensor last answered.

    `BEYOND`: it listened and heard nothing within its reach. `BLIND`: something is nearer than it
    can tell. `DEAD`: its echo line never rose. `STUCK`: the line does not fall, or is high
    beforehand.
    """

    NOT_YET = 0
    MEASURED = 1
    BEYOND = 2
    BLIND = 3
    DEAD = 4
    STUCK = 5


class Light(enum.IntEnum):
    """What the lamp shows while the host is heard: `PRESENCE` is on while somebody is there."""

    OFF = 0
    ON = 1
    PRESENCE = 2
    BLINK = 3


class Message(msgspec.Struct, frozen=True):
    """Base of all messages; `type` stands in the frame."""

    type: ClassVar[int]

    def frame(self, number: int) -> Frame:
        """Return the frame that carries this under `number`.

        Raises:
            ValueError: a field is out of its range.
        """
        fields = msgspec.structs.asdict(self)
        try:
            msgspec.convert(fields, type(self))
        except msgspec.ValidationError as error:
            raise ValueError(f"{type(self).__name__}: {error}") from error
        return Frame(number, self.type, _packing(type(self)).pack(*fields.values()))


class Greet(Message, frozen=True):
    """Begin a conversation named `session`, which no late answer can be mistaken for.

    Its own number is where the numbers of commands begin. Answer: `Hello`.
    """

    type: ClassVar[int] = 0x01
    session: Annotated[int, Meta(ge=1, le=0xFFFF, extra=_U16)]


class Configure(Message, frozen=True):
    """Measure each `interval_ms`; somebody is there from `enter_mm` on until beyond `leave_mm`.

    `offset_mm` is added to every distance. With `motion` the motion detector's line counts, too.
    After `silence_ms` without a frame from the host the board goes to its safe state.
    """

    type: ClassVar[int] = 0x02
    interval_ms: Annotated[int, Meta(ge=50, le=500, extra=_U16)]
    enter_mm: Annotated[int, Meta(ge=NEAREST_MM, le=FURTHEST_MM, extra=_U16)]
    leave_mm: Annotated[int, Meta(ge=NEAREST_MM, le=FURTHEST_MM, extra=_U16)]
    offset_mm: Annotated[int, Meta(ge=-MOST_OFFSET_MM, le=MOST_OFFSET_MM, extra=_I16)]
    motion: Flag
    silence_ms: Annotated[int, Meta(ge=500, le=60000, extra=_U16)]


class Lamp(Message, frozen=True):
    """Show `light` while the host is heard."""

    type: ClassVar[int] = 0x03
    light: Light


class Ping(Message, frozen=True):
    """Say that you are there, as the host is."""

    type: ClassVar[int] = 0x04


class Restart(Message, frozen=True):
    """Begin anew, as after power on."""

    type: ClassVar[int] = 0x05


class Hello(Message, frozen=True):
    """Who the board is, in answer to `Greet`, and each second until it is greeted.

    `session` is the greeting's, 0 before any. This message never changes its number or its fields;
    later dictionaries may add some behind them, which earlier readers pass over.
    """

    type: ClassVar[int] = 0x81
    session: U16
    major: U8
    minor: U8
    patch: U8
    dictionary: U32
    reset: Reset
    latched: Latched


class Report(Message, frozen=True):
    """How things are: levels, of which the next tells all that a lost one did.

    `at_ms` is the board's clock; `refusal` what became of the command whose number the frame
    carries. `distance_mm` is the median of the last three, `NOTHING_MM` unless `MEASURED`. `alone`
    means that the board is in its safe state. `air_dc` is the temperature that distances are
    computed with, in tenths of a degree Celsius; `assumed` unless a thermometer told it. `spoiled`
    counts what came from the host and was no frame, up to its highest.
    """

    type: ClassVar[int] = 0x82
    session: U16
    at_ms: U32
    refusal: Refusal
    present: Flag
    motion: Flag
    alone: Flag
    echo: Echo
    distance_mm: U16
    air_dc: Annotated[int, Meta(ge=-400, le=850, extra=_I16)]
    assumed: Flag
    spoiled: U16


Command = Greet | Configure | Lamp | Ping | Restart
Told = Hello | Report

COMMANDS: tuple[type[Message], ...] = (Greet, Configure, Lamp, Ping, Restart)
TOLD: tuple[type[Message], ...] = (Hello, Report)


class Field(msgspec.Struct, frozen=True):
    """One field on the wire: "u8", "u16", "u32" or "i16", little-endian, in [lowest, highest]."""

    name: str
    wire: str
    lowest: int
    highest: int
    choices: type[enum.IntEnum] | None = None

    def __str__(self) -> str:
        """Return its words in the dictionary."""
        if self.choices is None:
            return f"{self.name}:{self.wire}[{self.lowest}..{self.highest}]"
        numbers = ",".join(f"{choice.name.lower()}={choice.value}" for choice in self.choices)
        return f"{self.name}:{self.wire}{{{numbers}}}"


def fields(message: type[Message]) -> tuple[Field, ...]:
    """Return the fields of `message` in the order of the wire."""
    hints = get_type_hints(message, include_extras=True)
    return tuple(_field(name, hints[name]) for name in message.__struct_fields__)


def told(frame: Frame) -> Told:
    """Return what the board said in `frame`.

    Raises:
        ProtocolError: it is no message of a board, or not of this dictionary.
    """
    if frame.type == Hello.type:
        return _unpacked(Hello, frame.payload[: _packing(Hello).size])
    if frame.type == Report.type:
        return _unpacked(Report, frame.payload)
    raise ProtocolError(f"presence board: expected one of its messages, got type {frame.type:#04x}")


def _field(name: str, hint: Any) -> Field:
    if isinstance(hint, type) and issubclass(hint, enum.IntEnum):
        return Field(name, "u8", min(hint), max(hint), hint)
    _, meta = get_args(hint)
    return Field(name, meta.extra["wire"], meta.ge, meta.le)


@functools.cache
def _packing(message: type[Message]) -> struct.Struct:
    return struct.Struct("<" + "".join(_CODES[field.wire] for field in fields(message)))


def _unpacked(message: type[_M], payload: bytes) -> _M:
    packing = _packing(message)
    if len(payload) != packing.size:
        raise ProtocolError(
            f"presence board, {message.__name__}: expected {packing.size} bytes, got {len(payload)}"
        )
    values = dict(zip(message.__struct_fields__, packing.unpack(payload), strict=True))
    try:
        return msgspec.convert(values, message)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"presence board, {message.__name__}: {error}") from error


def _dictionary() -> str:
    """Return one line a message: its type, its name and its fields."""
    return "".join(
        " ".join((f"{message.type:02x}", message.__name__.lower(), *map(str, fields(message))))
        + "\n"
        for message in (*COMMANDS, *TOLD)
    )


DICTIONARY = _dictionary()
DICTIONARY_HASH = int.from_bytes(hashlib.sha256(DICTIONARY.encode()).digest()[:4], "big")
"""The first four bytes of its SHA-256, as a number."""
