"""CEC: what cec-ctl is asked, and what its output means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Refused
from lantern.hardware.projector.cec import CecDisplay, parse
from lantern.hardware.projector.simulated import Make, Projection
from support.projectors import CecTwin, Clock, transmitted

pytestmark = pytest.mark.anyio

# The form of v4l-utils 1.22, Debian 12: cec-ctl.cpp, cec-info.cpp (cec_status2s), cec-log.cpp.
ON = """
Transmit from Playback Device 1 to TV (4 to 0):
CEC_MSG_GIVE_DEVICE_POWER_STATUS (0x8f)
    Received from TV (0):
    CEC_MSG_REPORT_POWER_STATUS (0x90):
\tpwr-state: on (0x00)
\tSequence: 14 Tx Timestamp: 5190.734s Rx Timestamp: 5190.845s
\tApproximate response time: 60 ms
"""
NOT_ACKNOWLEDGED = """
Transmit from Playback Device 1 to TV (4 to 0):
CEC_MSG_GIVE_DEVICE_POWER_STATUS (0x8f)
\tSequence: 15 Tx Timestamp: 5233.018s
\tTx, Not Acknowledged (4), Max Retries
"""
TIMED_OUT = """
Transmit from Playback Device 1 to TV (4 to 0):
CEC_MSG_GIVE_DEVICE_POWER_STATUS (0x8f)
\tSequence: 16 Tx Timestamp: 5240.121s
\tTx, OK, Rx, Timeout
"""
ABORTED = """
Transmit from Playback Device 1 to TV (4 to 0):
CEC_MSG_GIVE_DEVICE_POWER_STATUS (0x8f)
    Received from TV (0):
    CEC_MSG_FEATURE_ABORT (0x00):
\tabort-msg: 143 (0x8f, GIVE_DEVICE_POWER_STATUS)
\treason: unrecognized-op (0x00)
\tSequence: 17 Tx Timestamp: 5260.201s Rx Timestamp: 5260.290s
\tApproximate response time: 41 ms
\tTx, OK, Rx, OK, Feature Abort
"""
NO_CABLE = """
Transmit from Playback Device 1 to TV (4 to 0):
CEC_MSG_GIVE_DEVICE_POWER_STATUS (0x8f)
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[CecTwin]:
    clock = Clock()
    twin = CecTwin(Projection(Make(inputs=(), protects=False), clock.now), clock)
    with twin.on_path(tmp_path):
        yield twin


def test_the_twin_prints_what_cec_ctl_does():
    asked = "--to 0 --give-device-power-status"
    assert lines(transmitted(asked, 14, power=0)) == lines(ON)
    assert lines(transmitted(asked, 15, "Tx, Not Acknowledged (4), Max Retries")) == (
        lines(NOT_ACKNOWLEDGED)
    )


def lines(said: str) -> list[str]:
    """Return the lines without the times in them."""
    return [line.split(" Tx Timestamp")[0].split(" time: ")[0] for line in said.splitlines()]


@pytest.mark.parametrize(
    ("word", "code", "power"),
    [
        ("on", 0, Power.ON),
        ("standby", 1, Power.OFF),
        ("to-on", 2, Power.WARMING),
        ("to-standby", 3, Power.COOLING),
    ],
)
def test_each_power_status_is_understood(word: str, code: int, power: Power):
    assert parse(ON.replace("on (0x00)", f"{word} (0x0{code})")) is power


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (NOT_ACKNOWLEDGED, "no acknowledgement"),
        (TIMED_OUT, "no answer in time"),
        (ABORTED, "does not know the question"),
        (NO_CABLE, "silence"),
        ("", "silence"),
        (ON.replace("on (0x00)", "asleep (0x00)"), "expected a power status"),
        (ON.replace("on (0x00)", "on (0x07)"), "expected a power status"),
    ],
)
def test_what_is_no_power_status_is_told_as_what_it_is(said: str, words: str):
    with pytest.raises(ValueError, match=words):
        parse(said)


async def test_an_address_on_the_bus_is_claimed_once(twin: CecTwin):
    display = CecDisplay()
    await display.state()
    await display.state()
    common, ask = "--device /dev/cec0 --skip-info", "--to 0 --give-device-power-status"
    claim = "--playback --osd-name Lantern"
    assert twin.heard == [f"{common} {what}" for what in (ask, claim, ask, ask)]


async def test_a_cable_that_leads_nowhere_is_told(twin: CecTwin):
    twin.connected = False
    with pytest.raises(Unavailable, match="no address on the bus; is a display connected"):
        await CecDisplay().state()


async def test_a_command_that_nobody_took_is_told(twin: CecTwin):
    display = CecDisplay()
    await display.state()
    for said, words in ((NOT_ACKNOWLEDGED, "no acknowledgement"), (NO_CABLE, "silence")):
        twin.noise.junk = said.encode()
        with pytest.raises(Unavailable, match=words):
            await display.switch(on=True)


async def test_the_display_turns_to_us(twin: CecTwin):
    await CecDisplay().choose("1.0.0.0")
    assert twin.heard[-1].endswith("--active-source phys-addr=1.0.0.0")


@pytest.mark.parametrize("source", ["", "1", "1.0.0", "1.0.0.0.0", "g.0.0.0", "1.0.0.0 --tv"])
async def test_what_is_no_physical_address_is_refused_unsaid(twin: CecTwin, source: str):
    with pytest.raises(Refused, match="expected a physical address"):
        await CecDisplay().choose(source)
    assert not twin.heard


async def test_a_device_that_is_not_there_is_told(twin: CecTwin):
    with pytest.raises(Unavailable, match="cec-ctl failed: Failed to open"):
        await CecDisplay("/dev/cec9").state()


async def test_a_bus_that_hangs_is_given_up(twin: CecTwin):
    twin.noise.late = 0.6
    with pytest.raises(Unavailable, match=r"did not end within 0\.2 s"):
        await CecDisplay(timeout_s=0.2).state()


async def test_without_cec_ctl_the_next_step_is_told(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="install v4l-utils"):
        await CecDisplay().state()
