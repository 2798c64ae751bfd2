"""firmware/PROTOCOL.md, held to the code: its bytes, its tables and its dictionary."""

from __future__ import annotations

import hashlib
import re
import struct

import pytest

from lantern.link.framing import Deframer, Frame, checksum, encode
from lantern.link.messages import (
    COMMANDS,
    DICTIONARY,
    DICTIONARY_HASH,
    TOLD,
    Command,
    Message,
    fields,
    told,
)
from support.spoken import MESSAGES, PAGE, Entry, blocks, entries, replayed

CONVERSATIONS = [entries(text) for text in blocks("conversation")]
SPOKEN = [entry for one in CONVERSATIONS for entry in one if entry.who in ("host", "board")]
FRAMES = [entry for entry in SPOKEN if entry.word in MESSAGES]


def named(entry: Entry) -> str:
    return f"{entry.who}-{entry.word}-{entry.at_ms}"


def heard(data: bytes) -> tuple[list[Frame], int]:
    """Return the frames in `data`, and how many stretches of it are none."""
    deframer = Deframer()
    return list(deframer.feed(data)), deframer.spoiled


def test_there_is_an_example_of_every_message_every_refusal_and_every_way_to_begin():
    assert {entry.word for entry in FRAMES} == set(MESSAGES)
    assert all(entry.data for entry in SPOKEN)
    told_of = {(name, value) for entry in SPOKEN for name, value in entry.values.items()}
    assert {"none", "unknown_type", "wrong_length", "out_of_range"} == {
        value for name, value in told_of if name == "refusal"
    }
    assert ("latched", "host_silent") in told_of
    assert {("reset", "power"), ("reset", "watchdog"), ("reset", "asked")} <= told_of


@pytest.mark.parametrize("entry", FRAMES, ids=named)
def test_each_message_has_the_bytes_that_stand_below_it(entry):
    assert encode(entry.message.frame(entry.number)) == entry.data.lstrip(b"\0")


@pytest.mark.parametrize("entry", FRAMES, ids=named)
def test_the_bytes_say_what_stands_above_them(entry):
    frames, spoiled = heard(entry.data)
    assert [(frame.number, frame.type) for frame in frames] == [(entry.number, entry.message.type)]
    assert spoiled == 0
    if entry.who == "board":
        assert told(frames[0]) == entry.message
    else:
        assert entry.message.type in {kind.type for kind in COMMANDS}


def test_frames_that_are_no_messages_are_whole_and_noise_is_none():
    others = [entry for entry in SPOKEN if entry.word not in MESSAGES]
    assert {entry.word for entry in others} == {"Frame", "Noise"}
    for entry in others:
        frames, spoiled = heard(entry.data)
        if entry.word == "Noise":
            assert (frames, spoiled) == ([], 1)
            continue
        payload = bytes.fromhex(entry.values["payload"])
        assert frames == [Frame(entry.number, int(entry.values["type"], 0), payload)]


@pytest.mark.parametrize("number", range(len(CONVERSATIONS)))
def test_each_conversation_is_had_by_the_real_core_byte_by_byte(number):
    answers = 0
    for entry, said in replayed(CONVERSATIONS[number]):
        assert said.hex(" ") == entry.data.hex(" "), f"at {entry.at_ms} ms"
        answers += 1
    assert answers >= 3


def test_the_frame_that_is_taken_apart_is_put_together_so():
    (text,) = blocks("frame")
    parts = dict(re.findall(r"^(\w+) +(.+)$", text, re.MULTILINE))
    body, whole = bytes.fromhex(parts["body"]), bytes.fromhex(parts["whole"])
    assert checksum(body) == int(parts["checksum"], 16)
    assert whole == body + struct.pack("<H", int(parts["checksum"], 16))
    line = encode(Frame(body[0], body[1], body[2:]))
    assert line == bytes.fromhex(parts["line"]) == bytes.fromhex(parts["stuffed"]) + b"\0"


def test_the_check_value_on_the_page_is_the_checksums():
    (value,) = re.findall(r"`123456789`, is (0x\w+)", PAGE.read_text("utf-8"))
    assert checksum(b"123456789") == int(value, 16)


def test_the_dictionary_on_the_page_is_the_dictionary_and_so_is_its_hash():
    assert blocks("dictionary") == [DICTIONARY]
    digest = hashlib.sha256(blocks("dictionary")[0].encode("ascii")).digest()
    (value,) = re.findall(r"`Hello` carries: (0x\w+)", PAGE.read_text("utf-8"))
    assert int.from_bytes(digest[:4], "big") == int(value, 16) == DICTIONARY_HASH


def rows(message: type[Message]) -> list[list[str]]:
    """Return the table of a message's fields, as it stands on the page."""
    side = "to the board" if issubclass(message, Command) else "from the board"
    head = f"### 0x{message.type:02x} {message.__name__}, {side}\n"
    page = PAGE.read_text("utf-8")
    assert head in page
    section = re.split(r"^##", page[page.index(head) + 3 :], maxsplit=1, flags=re.MULTILINE)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]


@pytest.mark.parametrize("message", [*COMMANDS, *TOLD], ids=lambda kind: kind.__name__)
def test_the_table_of_each_message_has_its_fields_with_their_ranges(message):
    expected = []
    for field in fields(message):
        span = f"{field.lowest} to {field.highest}"
        if field.choices:
            span = ", ".join(f"{one.value} {one.name.lower()}" for one in field.choices)
        expected.append([f"`{field.name}`", field.wire, span])
    assert [row[:3] for row in rows(message)] == expected
