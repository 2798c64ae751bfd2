"""A serial projector on a line that treats it badly."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Refused
from lantern.hardware.projector import table
from lantern.hardware.projector.rs232 import SerialProjector
from lantern.hardware.projector.simulated import Make, Projection
from lantern.link.serial import LONGEST_REPLY, SerialLine, Wiring
from support.projectors import BenqTwin, Clock, EpsonTwin, SerialTwin

pytestmark = pytest.mark.anyio

PATIENCE_S = 10.0
HASTE_S = 0.3  # where no answer will come, or none in time


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def connected(kind: type[SerialTwin], make: Make) -> Iterator[SerialTwin]:
    clock = Clock()
    twin = kind(Projection(make, clock.now), clock)
    with twin.plugged() as device:
        twin.device = device
        yield twin


@pytest.fixture
def epson() -> Iterator[EpsonTwin]:
    yield from connected(EpsonTwin, Make(inputs=("30", "A0")))


@pytest.fixture
def benq() -> Iterator[BenqTwin]:
    yield from connected(BenqTwin, Make(candid=False, inputs=("hdmi", "rgb")))


def reach(twin: SerialTwin, name: str, patience_s: float = PATIENCE_S) -> SerialProjector:
    read = table.find(name)
    talk = msgspec.structs.replace(read.talk, timeout_s=patience_s)
    return SerialProjector(twin.device, msgspec.structs.replace(read, talk=talk))


async def complaint(projector: SerialProjector) -> str:
    with pytest.raises(Unavailable) as caught:
        await projector.state()
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_answers_that_come_in_pieces_are_understood(epson: EpsonTwin, benq: BenqTwin):
    for twin, name in ((epson, "epson"), (benq, "benq")):
        twin.noise.pieces = True
        projector = reach(twin, name)
        await projector.switch(on=True)
        twin.clock.now += 7 * 3600 + 1
        state = await projector.state()
        assert state.power is Power.ON
        assert state.lamp_hours == (7,)
        await projector.close()


async def test_nothing_on_the_line_is_told_with_what_to_look_at(epson: EpsonTwin):
    epson.noise.mute = True
    told = await complaint(reach(epson, "epson", HASTE_S))
    assert 'no reply to "PWR?" within 0.3 s; check its cable' in told


async def test_nonsense_is_told_with_what_to_look_at(epson: EpsonTwin):
    epson.noise.junk = b"\xf8\x1c\x00\xff:"  # a wrong baud rate looks like this
    assert "at 9600 baud" in await complaint(reach(epson, "epson", HASTE_S))


async def test_a_state_that_is_not_in_the_table_is_not_guessed(epson: EpsonTwin):
    epson.noise.junk = b"PWR=0C\r:"
    assert 'got "0c"' in await complaint(reach(epson, "epson", HASTE_S))


async def test_a_line_that_never_ends_is_not_listened_to_for_ever(epson: EpsonTwin):
    epson.noise.junk = b"babble " * 3000
    began = time.monotonic()
    await complaint(reach(epson, "epson", HASTE_S))
    assert time.monotonic() - began < PATIENCE_S


async def test_what_was_said_before_the_question_is_no_answer(epson: EpsonTwin):
    projector = reach(epson, "epson")
    assert (await projector.state()).power is Power.OFF
    epson.unasked(b"PWR=01\r:")
    assert (await projector.state()).power is Power.OFF
    await projector.close()


async def test_a_late_answer_is_not_taken_for_that_to_the_next_question(epson: EpsonTwin):
    projector = reach(epson, "epson", HASTE_S)
    epson.noise.late = 1.3 * HASTE_S
    await complaint(projector)
    epson.noise.late = 0
    await projector.switch(on=True)
    epson.clock.now += 60
    assert (await projector.state()).power is Power.ON
    await projector.close()


async def test_silence_while_the_lamp_is_being_lit_is_no_fault_of_older_models(epson: EpsonTwin):
    epson.slow = True
    projector = reach(epson, "epson", HASTE_S)
    await projector.switch(on=True)
    assert epson.model.lit
    await complaint(projector)
    epson.clock.now += 60
    assert (await projector.state()).power is Power.ON
    await projector.close()


async def test_silence_after_any_other_command_is_a_fault(epson: EpsonTwin):
    projector = reach(epson, "epson", HASTE_S)
    await projector.switch(on=True)
    epson.clock.now += 60
    epson.noise.mute = True
    with pytest.raises(Unavailable):
        await projector.choose("hdmi")
    await projector.close()


async def test_models_that_do_not_echo_are_understood_too(benq: BenqTwin):
    benq.echoes = False
    projector = reach(benq, "benq")
    await projector.switch(on=True)
    benq.clock.now += 60
    assert await projector.state() == (await projector.state())
    assert (await projector.state()).input == "hdmi"
    await projector.close()


async def test_a_refusal_that_follows_the_echo_is_heard(benq: BenqTwin):
    projector = reach(benq, "benq")
    await projector.switch(on=True)
    benq.clock.now += 60
    await projector.switch(on=False)
    benq.noise.pieces = True  # the echo is complete long before the refusal is
    with pytest.raises(Refused):
        await projector.switch(on=True)
    await projector.close()


async def test_a_question_that_a_model_does_not_know_costs_its_answer_alone(epson: EpsonTwin):
    answer = epson.reply
    epson.reply = lambda said: None if said in ("LAMP?", "ERR?") else answer(said)
    projector = reach(epson, "epson", HASTE_S)
    await projector.switch(on=True)
    epson.clock.now += 60
    state = await projector.state()
    assert (state.power, state.input, state.lamp_hours) == (Power.ON, "hdmi", ())
    await projector.close()


async def test_an_adapter_that_is_pulled_out_is_told_and_taken_again_when_it_is_back(
    epson: EpsonTwin,
):
    projector = reach(epson, "epson")
    assert (await projector.state()).power is Power.OFF
    epson.pull()
    assert "check the adapter and its cable" in await complaint(projector)
    await projector.close()


def test_a_device_that_is_not_there_is_told(tmp_path):
    line = SerialLine(f"{tmp_path}/ttyUSB7", Wiring())
    with pytest.raises(Unavailable, match=r"ttyUSB7: .*check the adapter"):
        line.exchange(b"?", lambda _: True, 1)


def test_a_device_that_is_no_serial_line_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="check the adapter"):
        SerialLine(f"{tmp_path}/file", Wiring()).exchange(b"?", lambda _: True, 1)


def test_a_line_belongs_to_one(epson: EpsonTwin):
    first, second = (SerialLine(epson.device, Wiring()) for _ in range(2))
    assert first.exchange(b"PWR?\r", lambda said: said.endswith(b":"), 1) == b"PWR=04\r:"
    with pytest.raises(Unavailable, match="serial line"):
        second.exchange(b"PWR?\r", lambda said: said.endswith(b":"), 1)
    first.close()
    assert second.exchange(b"PWR?\r", lambda said: said.endswith(b":"), 1) == b"PWR=04\r:"
    second.close()


def test_replies_are_no_longer_than_anybody_could_mean(epson: EpsonTwin):
    epson.noise.junk = b"x" * (3 * LONGEST_REPLY)
    line = SerialLine(epson.device, Wiring())
    assert len(line.exchange(b"PWR?\r", lambda _: False, 2)) == LONGEST_REPLY
    line.close()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"parity": "strange"}, "parity: expected one of"),
        ({"bits": 9}, "bits: expected one of"),
        ({"stop_bits": 3}, "stop_bits: expected one of"),
        ({"baud": 1}, "baud: expected 50 to 4000000, got 1"),
    ],
)
def test_wiring_that_there_is_none_of_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Wiring(**wrong)
