"""A display at the end of the HDMI cable, over CEC, by `cec-ctl` of v4l-utils.

The kernel speaks CEC; cec-ctl is its maintained command line, and prints what it said and heard.
Exit status 0 means only that it ran, so that the text is what is judged: `parse` is pure.

CEC knows neither lamp hours nor errors. It wakes the display by <Image View On>, and puts it to
<Standby>; which input is shown it cannot tell, since the one that is shown answers, if anyone.

Source: cec-ctl(1) of v4l-utils 1.22; HDMI 1.4, CEC supplement, 13.1 and 13.14.
"""

from __future__ import annotations

import re
import subprocess

import anyio

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, ProjectorState, Refused

DEVICE = "/dev/cec0"

_POWER = {
    "on": Power.ON,
    "standby": Power.OFF,
    "to-on": Power.WARMING,
    "to-standby": Power.COOLING,
}
_ASK = ("--to", "0", "--give-device-power-status")
_WAKE = ("--to", "0", "--image-view-on")
_SLEEP = ("--to", "0", "--standby")
_CLAIM = ("--playback", "--osd-name", "Lantern")  # 14 characters are the longest name
_PHYSICAL_ADDRESS = re.compile(r"([0-9a-f]\.){3}[0-9a-f]")


class CecDisplay:
    """The television or projector on the bus of `device`. Inputs are physical addresses, "1.0.0.0".

    `choose` says that the source of that address is active; a display then turns to it. Only our
    own is ours to say: `cec-ctl` without options prints it.
    """

    def __init__(self, device: str = DEVICE, timeout_s: float = 5.0) -> None:
        self._device = device
        self._timeout_s = timeout_s

    async def state(self) -> ProjectorState:
        """Ask how it is: power alone."""
        said = await self._say(*_ASK)
        try:
            return ProjectorState(power=parse(said))
        except ValueError as error:
            raise Unavailable(f"{self}: {error}") from error

    async def switch(self, *, on: bool) -> None:
        """Wake the display, or put it to sleep."""
        _require_sent(str(self), await self._say(*(_WAKE if on else _SLEEP)))

    async def choose(self, source: str) -> None:
        """Have the display turn to the source at physical address `source`."""
        if not _PHYSICAL_ADDRESS.fullmatch(source):
            raise Refused(f'{self}: expected a physical address like "1.0.0.0", got "{source}"')
        _require_sent(str(self), await self._say("--active-source", f"phys-addr={source}"))

    async def close(self) -> None:
        """Do nothing: cec-ctl holds nothing between two calls."""

    def __str__(self) -> str:
        """Return what errors call it."""
        return f"CEC display on {self._device}"

    async def _say(self, *message: str) -> str:
        """Send a message and return what cec-ctl printed.

        An address on the bus is claimed first where there is none: after a boot.
        """
        said = await self._run(*message)
        if "unconfigured" in said:
            await self._run(*_CLAIM)
            said = await self._run(*message)
        if "unconfigured" in said:
            raise Unavailable(f"{self}: no address on the bus; is a display connected?")
        return said

    async def _run(self, *options: str) -> str:
        command = ["cec-ctl", "--device", self._device, "--skip-info", *options]
        try:
            with anyio.fail_after(self._timeout_s):
                ran = await anyio.run_process(command, check=False, stderr=subprocess.STDOUT)
        except TimeoutError as error:
            raise Unavailable(
                f"{self}: cec-ctl did not end within {self._timeout_s:g} s"
            ) from error
        except OSError as error:
            raise Unavailable(
                f"{self}: cec-ctl cannot be run ({error.strerror}); install v4l-utils"
            ) from error
        said = ran.stdout.decode("utf-8", "replace")
        if ran.returncode:
            last = said.strip().splitlines()[-1:] or [f"status {ran.returncode}"]
            raise Unavailable(f"{self}: cec-ctl failed: {last[0]}")
        return said


def parse(said: str) -> Power:
    """Return the power that the display told in what cec-ctl printed.

    Raises:
        ValueError: it told none: nobody acknowledged, answered in time, or knew the question.
    """
    found = re.search(r"pwr-state: (\S+) \(0x0[0-3]\)", said)
    if found is None or found[1] not in _POWER:
        raise ValueError(f"expected a power status, got {_outcome(said)}")
    return _POWER[found[1]]


def _require_sent(display: str, said: str) -> None:
    """Check that somebody took the message.

    Raises:
        Unavailable: nobody did.
    """
    if "Sequence:" not in said or re.search(r"Not Acknowledged|Max Retries|Aborted", said):
        raise Unavailable(f"{display}: expected to be heard, got {_outcome(said)}")


def _outcome(said: str) -> str:
    """Return what cec-ctl says became of the message, for an error."""
    for sign, meaning in (
        ("Not Acknowledged", "no acknowledgement; is a display with CEC connected?"),
        ("Feature Abort", "a refusal: the display does not know the question"),
        ("FEATURE_ABORT", "a refusal: the display does not know the question"),
        ("Timeout", "no answer in time"),
    ):
        if sign in said:
            return meaning
    return "silence; is a display with CEC connected?"
