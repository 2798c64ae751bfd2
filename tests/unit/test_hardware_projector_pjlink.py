"""PJLink on a wire that treats it badly, and passwords."""

from __future__ import annotations

import gc
import hashlib
import time
import warnings
from collections.abc import Iterator

import anyio
import pytest

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Refused
from lantern.hardware.projector.pjlink import PJLinkProjector
from lantern.hardware.projector.simulated import Make, Projection
from support.projectors import Clock, PJLinkTwin

pytestmark = pytest.mark.anyio

PATIENCE_S = 10.0
HASTE_S = 0.4  # where no answer will come, or none in time


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def twin() -> Iterator[PJLinkTwin]:
    clock = Clock()
    twin = PJLinkTwin(Projection(Make(inputs=("11", "31")), clock.now), clock)
    with twin.serving() as port:
        twin.port = port
        yield twin


def reach(
    twin: PJLinkTwin, password: str | None = None, patience_s: float = PATIENCE_S
) -> PJLinkProjector:
    return PJLinkProjector("127.0.0.1", twin.port, password, patience_s)


async def complaint(projector: PJLinkProjector) -> str:
    with pytest.raises(Unavailable) as caught:
        await projector.state()
    assert not isinstance(caught.value, Refused)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_twin_makes_the_digest_of_the_specification():
    # PJLink Specifications, 5.1: this salt and the password "JBMIAProjectorLink".
    said = hashlib.md5(b"498e4a67JBMIAProjectorLink").hexdigest()
    assert said == "5d8409bc1c3fa39749434aa3a5c38682"


async def test_the_right_password_is_asked_for_and_told_by_its_digest_alone(twin: PJLinkTwin):
    twin.password = "JBMIAProjectorLink"
    assert (await reach(twin, "JBMIAProjectorLink").state()).power is Power.OFF
    assert not any("JBMIA" in heard for heard in twin.heard)


async def test_a_wrong_password_is_told_with_the_next_step(twin: PJLinkTwin):
    twin.password = "JBMIAProjectorLink"
    assert "refuses the password; write" in await complaint(reach(twin, "guess"))


async def test_a_password_that_is_missing_is_told_with_the_next_step(twin: PJLinkTwin):
    twin.password = "JBMIAProjectorLink"
    assert "wants a password; set projector.password_file" in await complaint(reach(twin))


async def test_a_password_that_nobody_asks_for_does_no_harm(twin: PJLinkTwin):
    assert (await reach(twin, "needless").state()).power is Power.OFF


async def test_answers_that_come_in_pieces_are_understood(twin: PJLinkTwin):
    twin.noise.pieces = True
    assert (await reach(twin).state()).lamp_hours == (0,)


async def test_answers_that_come_too_late_are_not_waited_for(twin: PJLinkTwin):
    twin.noise.late = 1.0
    began = time.monotonic()
    told = await complaint(reach(twin, patience_s=HASTE_S))
    assert f"did not answer within {HASTE_S} s" in told
    assert time.monotonic() - began < 1.0


async def test_answers_that_each_come_in_time_are_waited_for_together_no_longer(twin: PJLinkTwin):
    twin.noise.late = HASTE_S / 3  # four questions
    assert "did not answer within" in await complaint(reach(twin, patience_s=HASTE_S))


@pytest.mark.parametrize(
    "junk",
    [
        b"\r",
        b"%\r",
        b"%1\r",
        b"%1POWR\r",
        b"%1POWR=\r",
        b"%1POWR=7\r",
        b"%1INPT=31\r",
        b"%2POWR=1\r",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\xff\xfe\x00\r",
        b"x" * 200_000,
    ],
)
async def test_nonsense_is_reported_as_what_it_is(twin: PJLinkTwin, junk: bytes):
    twin.noise.junk = junk
    told = await complaint(reach(twin))
    assert "breaks the protocol: " in told
    assert not told.endswith(": ")
    twin.noise.junk = b""
    assert (await reach(twin).state()).power is Power.OFF


@pytest.mark.parametrize("greeting", [b"SSH-2.0-dropbear\r\n", b"\r", b"PJLINK\r", b"\xc3\r"])
async def test_something_else_on_the_port_is_reported_as_what_it_is(
    twin: PJLinkTwin, greeting: bytes
):
    twin.greeting = greeting
    assert "breaks the protocol: " in await complaint(reach(twin))


async def test_a_connection_that_is_reset_is_reported(twin: PJLinkTwin):
    twin.noise.reset = True
    told = await complaint(reach(twin))
    assert "reset" in told or "closed the connection" in told


async def test_nobody_at_the_address_is_reported():
    told = await complaint(PJLinkProjector("127.0.0.1", 1, None, PATIENCE_S))
    assert "cannot be reached" in told
    assert "standby" in told


async def test_a_projector_that_is_out_of_order_says_so(twin: PJLinkTwin):
    twin.noise.junk = b"%1POWR=ERR4\r"
    assert "a failure of its own" in await complaint(reach(twin))


async def test_warnings_and_errors_are_told_apart(twin: PJLinkTwin, monkeypatch):
    told = {"%1ERST ?": "%1ERST=020010\r"}
    answer = twin.reply
    monkeypatch.setattr(twin, "reply", lambda said: told.get(said) or answer(said))
    assert (await reach(twin).state()).troubles == ("lamp", "filter warning")


async def test_a_projector_without_a_lamp_counter_has_no_hours(twin: PJLinkTwin, monkeypatch):
    told = {"%1LAMP ?": "%1LAMP=ERR1\r"}
    answer = twin.reply
    monkeypatch.setattr(twin, "reply", lambda said: told.get(said) or answer(said))
    assert (await reach(twin).state()).lamp_hours == ()


async def test_two_lamps_are_both_told(twin: PJLinkTwin, monkeypatch):
    told = {"%1LAMP ?": "%1LAMP=1234 1 56 0\r"}
    answer = twin.reply
    monkeypatch.setattr(twin, "reply", lambda said: told.get(said) or answer(said))
    assert (await reach(twin).state()).lamp_hours == (1234, 56)


async def test_no_connection_outlives_a_question_however_it_ends(twin: PJLinkTwin):
    twin.greeting = b"nonsense without end"
    hasty = reach(twin, patience_s=HASTE_S)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        for _ in range(3):
            await complaint(hasty)
        with anyio.move_on_after(HASTE_S / 4):
            await hasty.state()
        await anyio.sleep(0.05)
        gc.collect()
    twin.greeting = None
    # The twin takes one connection at a time, and keeps a silent one for 5 s.
    began = time.monotonic()
    assert (await reach(twin).state()).power is Power.OFF
    assert time.monotonic() - began < 4
