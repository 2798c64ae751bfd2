"""The examples of firmware/PROTOCOL.md: read from the page, and replayed on the real C core.

An example is a list of entries, each a time of the board's clock, who does what, and, of what is
said, the bytes:

    1400 host  Greet number=17 session=19521
               00 05 11 01 41 4c ...
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lantern.link.messages import COMMANDS, TOLD, Echo, Message, Reset, fields

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "firmware/PROTOCOL.md"
LIBRARY = REPOSITORY / "build/firmware/libboard.so"

MESSAGES = {message.__name__: message for message in (*COMMANDS, *TOLD)}

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"^ *(\d+) (chip|host|board) +(\S.*)$")
_BYTES = re.compile(r"^ +((?:[0-9a-f]{2} ?)+)$")


class Entry(msgspec.Struct, frozen=True):
    """What `who` does at `at_ms`: a word, with values, and the bytes that are said."""

    at_ms: int
    who: str
    word: str
    values: dict[str, str]
    data: bytes = b""

    @property
    def number(self) -> int:
        return int(self.values["number"])

    @property
    def message(self) -> Message:
        """Return the message that the words describe, with every field."""
        kind = MESSAGES[self.word]
        told = {name: value for name, value in self.values.items() if name != "number"}
        known = {field.name: field for field in fields(kind)}
        assert list(told) == list(known), f"{self.word}: {list(told)}, not {list(known)}"
        return kind(**{name: _value(known[name].choices, told[name]) for name in known})


def _value(choices: type | None, text: str) -> int:
    return choices[text.upper()] if choices else int(text, 0)


def blocks(kind: str) -> list[str]:
    """Return the texts of the page's blocks of a kind."""
    return [text for found, text in _BLOCK.findall(PAGE.read_text("utf-8")) if found == kind]


def entries(text: str) -> list[Entry]:
    """Return what happens in an example."""
    found: list[tuple[int, str, str, bytes]] = []
    for line in text.splitlines():
        if head := _HEAD.match(line):
            found.append((int(head[1]), head[2], head[3], b""))
            continue
        at_ms, who, words, data = found.pop()
        if said := _BYTES.match(line):
            found.append((at_ms, who, words, data + bytes.fromhex(said[1])))
        else:
            assert not data, f"words behind the bytes: {line}"
            found.append((at_ms, who, f"{words} {line.strip()}", data))
    return [_entry(*one) for one in found]


def _entry(at_ms: int, who: str, words: str, data: bytes) -> Entry:
    word, *values = words.split()
    return Entry(at_ms, who, word, dict(value.split("=") for value in values), data)


class Core:
    """The firmware's core (firmware/core/board.h), given what a chip gives it."""

    def __init__(self, why: Reset, now_ms: int) -> None:
        self._core = ctypes.CDLL(str(LIBRARY))
        self._core.board_size.restype = ctypes.c_size_t
        self._core.board_says.restype = ctypes.c_size_t
        for name in ("board_wants_ping", "board_lit", "board_restarts"):
            getattr(self._core, name).restype = ctypes.c_bool
        self._board = ctypes.create_string_buffer(self._core.board_size())
        self._core.board_begin(self._board, int(why), ctypes.c_uint32(now_ms))

    def hear(self, data: bytes, now_ms: int) -> None:
        for byte in data:
            self._core.board_hear(self._board, ctypes.c_uint8(byte), ctypes.c_uint32(now_ms))

    def pings(self, now_ms: int) -> bool:
        return bool(self._core.board_wants_ping(self._board, ctypes.c_uint32(now_ms)))

    def echoed(self, echo: Echo, pulse_us: int, now_ms: int) -> None:
        pulse, now = ctypes.c_uint16(pulse_us), ctypes.c_uint32(now_ms)
        self._core.board_echoed(self._board, int(echo), pulse, now)

    def moved(self, motion: bool, now_ms: int) -> None:
        self._core.board_moved(self._board, ctypes.c_bool(motion), ctypes.c_uint32(now_ms))

    def feels(self, thermometer_mv: int) -> None:
        self._core.board_feels(self._board, ctypes.c_uint16(thermometer_mv))

    def says(self, now_ms: int) -> bytes:
        room = ctypes.create_string_buffer(256)
        length = self._core.board_says(
            self._board, room, ctypes.c_size_t(256), ctypes.c_uint32(now_ms)
        )
        return room.raw[:length]

    def is_lit(self, now_ms: int) -> bool:
        return bool(self._core.board_lit(self._board, ctypes.c_uint32(now_ms)))

    @property
    def restarts(self) -> bool:
        return bool(self._core.board_restarts(self._board))


def replayed(told: list[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """Do to the core what an example tells; yield what it says, with the entry that foretells it.

    Whatever it says besides fails, as does what the chip is told to do and would not.
    """
    assert (told[0].who, told[0].word) == ("chip", "begins")
    core, now_ms, said = Core(Reset.UNKNOWN, 0), 0, b""
    for entry in told:
        if entry.word == "begins":
            now_ms = entry.at_ms
            core = Core(Reset[entry.values["reset"].upper()], now_ms)
        while now_ms < entry.at_ms:
            said = said or core.says(now_ms)
            assert not said, f"at {now_ms} ms it says what nobody foretold: {said.hex(' ')}"
            now_ms += 1
        if entry.who != "board":
            assert not said, f"at {now_ms} ms it says what nobody foretold: {said.hex(' ')}"
            _done(core, entry)
            continue
        said = said or core.says(now_ms)
        yield entry, said[: len(entry.data)]
        said = said[len(entry.data) :]
    assert not said, f"at the end it says what nobody foretold: {said.hex(' ')}"


def _done(core: Core, entry: Entry) -> None:
    """Have the host or the chip do what `entry` tells."""
    if entry.who == "host":
        core.hear(entry.data, entry.at_ms)
        return
    match entry.word:
        case "begins":
            pass
        case "pings":
            assert core.pings(entry.at_ms), f"no ping at {entry.at_ms} ms"
        case "echo":
            echo = Echo[entry.values["outcome"].upper()]
            core.echoed(echo, int(entry.values.get("pulse_us", "0")), entry.at_ms)
        case "line":
            core.moved(entry.values["motion"] == "1", entry.at_ms)
        case "feels":
            core.feels(int(entry.values["thermometer_mv"]))
        case "lamp":
            assert core.is_lit(entry.at_ms) is (entry.values["lit"] == "1")
        case "resets":
            assert core.restarts
        case _:
            raise AssertionError(f"not a word of a chip: {entry.word}")
