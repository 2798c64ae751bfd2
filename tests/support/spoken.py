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
from support.core import LONGEST_SAYING, library

PAGE = Path(__file__).parents[2] / "firmware/PROTOCOL.md"

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


class Chip:
    """The core by itself, given what a chip gives it: bytes, echoes, levels, and its time."""

    def __init__(self, why: Reset, now_ms: int) -> None:
        self._core = library()
        self._memory = ctypes.create_string_buffer(self._core.board_size())
        self._board = ctypes.cast(self._memory, ctypes.c_void_p)
        self._core.board_begin(self._board, why, now_ms)

    def hear(self, data: bytes, now_ms: int) -> None:
        for byte in data:
            self._core.board_hear(self._board, byte, now_ms)

    def says(self, now_ms: int) -> bytes:
        room = ctypes.create_string_buffer(LONGEST_SAYING)
        length = self._core.board_says(self._board, room, LONGEST_SAYING, now_ms)
        return room.raw[:length]

    def does(self, entry: Entry) -> None:
        """Have happen around it what `entry` tells, or see that it does as is told."""
        at_ms, values = entry.at_ms, entry.values
        match entry.word:
            case "begins":
                pass
            case "pings":
                assert self._core.board_wants_ping(self._board, at_ms), f"no ping at {at_ms} ms"
            case "echo":
                outcome, pulse_us = Echo[values["outcome"].upper()], int(values["pulse_us"])
                self._core.board_echoed(self._board, outcome, pulse_us, at_ms)
            case "line":
                self._core.board_moved(self._board, values["motion"] == "1")
            case "feels":
                self._core.board_feels(self._board, int(values["thermometer_mv"]))
            case "lamp":
                assert self._core.board_lit(self._board, at_ms) is (values["lit"] == "1")
            case "resets":
                assert self._core.board_restarts(self._board)
            case _:
                raise AssertionError(f"not a word of a chip: {entry.word}")


def replayed(told: list[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """Do to the C core what an example tells; yield what it says, with the entry that foretells it.

    Whatever it says besides fails, as does what the chip is told to do and would not.
    """
    assert (told[0].who, told[0].word) == ("chip", "begins")
    chip, now_ms, said = Chip(Reset.UNKNOWN, 0), 0, b""
    for entry in told:
        if entry.word == "begins":
            now_ms = entry.at_ms
            chip = Chip(Reset[entry.values["reset"].upper()], now_ms)
        while now_ms < entry.at_ms:
            said = said or chip.says(now_ms)
            assert not said, f"at {now_ms} ms it says what nobody foretold: {said.hex(' ')}"
            now_ms += 1
        if entry.who != "board":
            assert not said, f"at {now_ms} ms it says what nobody foretold: {said.hex(' ')}"
            if entry.who == "host":
                chip.hear(entry.data, entry.at_ms)
            else:
                chip.does(entry)
            continue
        said = said or chip.says(now_ms)
        yield entry, said[: len(entry.data)]
        said = said[len(entry.data) :]
    assert not said, f"at the end it says what nobody foretold: {said.hex(' ')}"
