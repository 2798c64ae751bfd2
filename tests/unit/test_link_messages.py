"""The dictionary of board and host: what stands in a frame, and what is refused."""

from __future__ import annotations

import hashlib
import re

import msgspec
import pytest

from lantern.errors import ProtocolError
from lantern.link.framing import LONGEST_PAYLOAD, Frame
from lantern.link.messages import (
    COMMANDS,
    DICTIONARY,
    DICTIONARY_HASH,
    TOLD,
    Configure,
    Echo,
    Greet,
    Hello,
    Lamp,
    Latched,
    Light,
    Ping,
    Refusal,
    Report,
    Reset,
    Restart,
    fields,
    told,
)

HELLO = Hello(0xABCD, 1, 2, 3, 0x12345678, Reset.WATCHDOG, Latched.HOST_SILENT)
REPORT = Report(
    session=1,
    at_ms=0x01020304,
    refusal=Refusal.NONE,
    present=1,
    motion=0,
    alone=0,
    echo=Echo.MEASURED,
    distance_mm=1500,
    air_dc=-50,
    assumed=1,
    spoiled=7,
)
CONFIGURE = Configure(50, 1500, 2000, -20, 1, 3000)


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        (Greet(0x1234), "34 12"),
        (CONFIGURE, "32 00 DC 05 D0 07 EC FF 01 B8 0B"),
        (Lamp(Light.BLINK), "03"),
        (Ping(), ""),
        (Restart(), ""),
        (HELLO, "CD AB 01 02 03 78 56 34 12 04 01"),
        (REPORT, "01 00 04 03 02 01 00 01 00 00 01 DC 05 CE FF 01 07 00"),
    ],
)
def test_a_message_is_its_fields_one_after_the_other_the_low_byte_first(message, payload):
    frame = message.frame(9)
    assert frame == Frame(9, message.type, bytes.fromhex(payload))
    assert len(frame.payload) <= LONGEST_PAYLOAD


@pytest.mark.parametrize("message", [HELLO, REPORT])
def test_what_the_board_tells_is_understood(message):
    assert told(message.frame(1)) == message


def test_a_later_hello_may_say_more_behind_what_this_one_says():
    frame = HELLO.frame(1)
    assert told(msgspec.structs.replace(frame, payload=frame.payload + b"more")) == HELLO


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (Frame(0, 0x99), "got type 0x99"),
        (Ping().frame(0), "got type 0x04"),
        (Frame(0, Hello.type, b"12345"), "Hello: expected 11 bytes, got 5"),
        (Frame(0, Report.type, bytes(19)), "Report: expected 18 bytes, got 19"),
        (Frame(0, Report.type, bytes(7) + b"\2" + bytes(10)), "present"),
        (Frame(0, Report.type, bytes(10) + b"\6" + bytes(7)), "echo"),
        (Frame(0, Report.type, bytes(13) + b"\xff\x7f" + bytes(3)), "air_dc"),
    ],
)
def test_what_is_no_message_of_a_board_is_refused_with_what_is_wrong_with_it(frame, reason):
    with pytest.raises(ProtocolError, match=re.escape(reason)):
        told(frame)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Greet(0), "session"),
        (Configure(49, 1500, 2000, 0, 0, 3000), "interval_ms"),
        (Configure(50, 1500, 4001, 0, 0, 3000), "leave_mm"),
        (Configure(50, 1500, 2000, 501, 0, 3000), "offset_mm"),
        (Configure(50, 1500, 2000, 0, 2, 3000), "motion"),
    ],
)
def test_a_command_out_of_its_range_is_never_sent(message, reason):
    with pytest.raises(ValueError, match=f"{type(message).__name__}.*{reason}"):
        message.frame(0)


def test_the_hash_is_of_a_dictionary_that_names_every_field_its_range_and_its_choices():
    assert int(hashlib.sha256(DICTIONARY.encode()).hexdigest()[:8], 16) == DICTIONARY_HASH
    lines = DICTIONARY.splitlines()
    assert len(lines) == len(COMMANDS) + len(TOLD)
    for line, message in zip(lines, (*COMMANDS, *TOLD), strict=True):
        number, name, *words = line.split()
        assert (int(number, 16), name) == (message.type, message.__name__.lower())
        assert len(words) == len(fields(message)) == len(message.__struct_fields__)
    assert "offset_mm:i16[-500..500]" in DICTIONARY
    assert "light:u8{off=0,on=1,presence=2,blink=3}" in DICTIONARY


def test_commands_and_what_is_told_have_types_of_their_own():
    types = [message.type for message in (*COMMANDS, *TOLD)]
    assert len(types) == len(set(types))
    assert all(message.type < 0x80 for message in COMMANDS)
    assert all(message.type >= 0x80 for message in TOLD)
