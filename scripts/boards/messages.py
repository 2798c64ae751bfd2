"""Write firmware/core/messages.h from `lantern.link.messages`, or to wherever the argument says."""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator
from pathlib import Path

from lantern.link import framing, messages
from lantern.link.messages import Field, Message

HEADER = Path(__file__).parents[2] / "firmware/core/messages.h"

_TYPES = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "i16": "int16_t"}
_SIZES = {"u8": 1, "u16": 2, "u32": 4, "i16": 2}
_LIMITS = {"u8": (0, 0xFF), "u16": (0, 0xFFFF), "u32": (0, 0xFFFFFFFF), "i16": (-0x8000, 0x7FFF)}

OPENING = """\
/* The messages of firmware/PROTOCOL.md. Made by "scripts/board messages" from
 * daemon/lantern/link/messages.py: change that, not this. */
#ifndef LANTERN_MESSAGES_H
#define LANTERN_MESSAGES_H

#include <stddef.h>
#include <stdint.h>
"""


def header() -> str:
    """Return the C header that both the board and its tests are compiled with."""
    return "\n".join((OPENING, *_constants(), *_choices(), *_commands(), *_told(), "#endif", ""))


def _constants() -> Iterator[str]:
    yield f"#define DICTIONARY_HASH 0x{messages.DICTIONARY_HASH:08x}UL"
    yield f"#define LONGEST_PAYLOAD {framing.LONGEST_PAYLOAD}"
    yield f"#define NOTHING_MM 0x{messages.NOTHING_MM:04x}U"
    yield ""


def _choices() -> Iterator[str]:
    seen: dict[type[enum.IntEnum], None] = {}
    for message in (*messages.COMMANDS, *messages.TOLD):
        seen.update({one.choices: None for one in messages.fields(message) if one.choices})
    for choices in seen:
        name = _lower(choices)
        yield f"enum {name} {{"
        yield from (f"    {name.upper()}_{one.name} = {one.value}," for one in choices)
        yield "};\n"


def _commands() -> Iterator[str]:
    for message in messages.COMMANDS:
        yield from _layout(message)
        if described := messages.fields(message):
            yield from _reader(_lower(message), described)


def _reader(name: str, described: tuple[Field, ...]) -> Iterator[str]:
    yield f"/* Read a payload of `length` bytes; where it is refused `{name}` is not touched. */"
    yield f"static inline enum refusal {name}_read(struct {name} *{name}, const uint8_t *bytes,"
    yield f"{' ' * len(f'static inline enum refusal {name}_read(')}size_t length)\n{{"
    yield f"    if (length != {name.upper()}_SIZE)\n        return REFUSAL_WRONG_LENGTH;"
    at = 0
    for field in described:
        yield f"    const {_TYPES[field.wire]} {field.name} = {_reading(field, at)};"
        at += _SIZES[field.wire]
    for bounds in filter(None, map(_bounds, described)):
        yield f"    if ({bounds})\n        return REFUSAL_OUT_OF_RANGE;"
    yield from (f"    {name}->{field.name} = {field.name};" for field in described)
    yield "    return REFUSAL_NONE;\n}\n"


def _told() -> Iterator[str]:
    """Return what the board needs of its own messages, and readers: its tests are hosts."""
    for message in messages.TOLD:
        yield from _layout(message)
        name = _lower(message)
        yield from _reader(name, messages.fields(message))
        yield f"/* Write the payload, {name.upper()}_SIZE bytes. */"
        yield f"static inline void {name}_write(uint8_t *bytes, const struct {name} *{name})\n{{"
        at = 0
        for field in messages.fields(message):
            yield from _writing(field, f"{name}->{field.name}", at)
            at += _SIZES[field.wire]
        yield "}\n"


def _layout(message: type[Message]) -> Iterator[str]:
    """Return the type and the size of `message`, and its struct if it has fields."""
    name, described = _lower(message), messages.fields(message)
    yield f"#define {name.upper()} 0x{message.type:02x}"
    yield f"#define {name.upper()}_SIZE {sum(_SIZES[field.wire] for field in described)}\n"
    if described:
        yield f"struct {name} {{"
        yield from (f"    {_TYPES[field.wire]} {field.name};" for field in described)
        yield "};\n"


def _reading(field: Field, at: int) -> str:
    size = _SIZES[field.wire]
    if size == 1:
        return f"bytes[{at}]"
    parts = " | ".join(f"(uint32_t)bytes[{at + i}] << {8 * i}" for i in range(size))
    return f"({_TYPES[field.wire]})({parts})"


def _writing(field: Field, value: str, at: int) -> Iterator[str]:
    if field.wire.startswith("i"):
        value = f"(uint16_t){value}"  # what a shifted negative number is C leaves open
    for i in range(_SIZES[field.wire]):
        yield f"    bytes[{at + i}] = (uint8_t)({value} >> {8 * i});"


def _bounds(field: Field) -> str:
    lowest, highest = _LIMITS[field.wire]
    below = [f"{field.name} < {field.lowest}"] if field.lowest > lowest else []
    above = [f"{field.name} > {field.highest}"] if field.highest < highest else []
    return " || ".join(below + above)


def _lower(named: type) -> str:
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in named.__name__)
    return words.strip("_").lower()


if __name__ == "__main__":
    (Path(sys.argv[1]) if sys.argv[1:] else HEADER).write_text(header())
