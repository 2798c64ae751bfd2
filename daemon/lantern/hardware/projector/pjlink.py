"""A projector on the network, over PJLink class 1: the only importer of aiopjlink.

Each question opens a connection and closes it: many projectors allow one at a time and drop it
after 30 s of silence, and a connection that is not kept cannot be half open. What aiopjlink
leaves to its caller is settled here: one deadline for a whole question, a connection closed
though the greeting failed, and an error of ours for each of the many that nonsense on the wire
makes it raise.

Source: PJLink Specifications, version 1.04 (JBMIA, 2013).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

import aiopjlink
import anyio

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, ProjectorState, Refused

PORT = 4352

_T = TypeVar("_T")
_POWER = {
    aiopjlink.Power.State.OFF: Power.OFF,
    aiopjlink.Power.State.ON: Power.ON,
    aiopjlink.Power.State.COOLING: Power.COOLING,
    aiopjlink.Power.State.WARMING: Power.WARMING,
}
_NOT_NOW = (aiopjlink.PJLinkERR2, aiopjlink.PJLinkERR3)
_NO_WORD = (aiopjlink.PJLinkERR1, *_NOT_NOW, aiopjlink.PJLinkERR4)
# ValueError: an unknown state, or bytes that are no UTF-8. IndexError: an answer too short to be
# one. LimitOverrunError: 64 KiB without an end.
_NONSENSE = (aiopjlink.PJLinkException, ValueError, IndexError, asyncio.LimitOverrunError)


class PJLinkProjector:
    """A projector that speaks PJLink class 1 at `host`.

    Inputs are named as the protocol does, by kind (1 RGB, 2 video, 3 digital, 4 storage,
    5 network) and number: "31" is the first digital one, mostly HDMI.
    """

    def __init__(
        self, host: str, port: int = PORT, password: str | None = None, timeout_s: float = 5.0
    ) -> None:
        self._host = host
        self._port = port
        self._password = password
        self._timeout_s = timeout_s

    async def state(self) -> ProjectorState:
        """Ask how it is: power, input, lamp hours, errors and warnings."""
        async with self._session() as link:
            return ProjectorState(
                power=_POWER[await link.power.get()],
                input=await _if_told(_input(link)),
                lamp_hours=await _if_told(_hours(link)) or (),
                troubles=await _if_told(_troubles(link)) or (),
            )

    async def switch(self, *, on: bool) -> None:
        """Begin to switch the lamp; what is so, or on its way, is not asked for again."""
        async with self._session() as link:
            if bool(await link.power.get()) is not on:
                await (link.power.turn_on() if on else link.power.turn_off())

    async def choose(self, source: str) -> None:
        """Show the input `source`, such as "31"."""
        if not re.fullmatch("[1-5][1-9]", source):
            raise Refused(f'{self}: expected an input from "11" to "59", got "{source}"')
        async with self._session() as link:
            await link.sources.set(*source)

    async def close(self) -> None:
        """Do nothing: no connection outlives a question."""

    def __str__(self) -> str:
        """Return what errors call it."""
        return f"PJLink projector at {self._host}:{self._port}"

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[aiopjlink.PJLink]:
        """Hold a connection for one question, and turn its errors into ours."""
        try:
            with anyio.fail_after(self._timeout_s):
                async with self._connection() as link:
                    yield link
        except aiopjlink.PJLinkPassword as error:
            raise Unavailable(self._about_password()) from error
        except (aiopjlink.PJLinkERR1, *_NOT_NOW) as error:
            raise Refused(f"{self} refuses: {error}") from error
        except aiopjlink.PJLinkERR4 as error:
            raise Unavailable(f"{self} reports a failure of its own; look at its lights") from error
        except (aiopjlink.PJLinkNoConnection, OSError) as error:
            raise Unavailable(self._about_silence(error)) from error
        except _NONSENSE as error:
            told = str(error) or type(error).__name__
            raise Unavailable(f"{self} breaks the protocol: {told}") from error

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiopjlink.PJLink]:
        link = aiopjlink.PJLink(self._host, self._port, self._password, self._timeout_s)
        try:
            await link.__aenter__()
            yield link
        finally:
            # aiopjlink leaves the connection open when the greeting fails, and has no writer to
            # close when there was none.
            with contextlib.suppress(AttributeError):
                await link.__aexit__(None, None, None)

    def _about_password(self) -> str:
        if self._password is None:
            return f"{self} wants a password; set projector.password_file"
        return f"{self} refuses the password; write the one of its menu to projector.password_file"

    def _about_silence(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"{self} did not answer within {self._timeout_s:g} s"
        return f"{self} cannot be reached ({error}); check its network and standby settings"


async def _input(link: aiopjlink.PJLink) -> str:
    kind, number = await link.sources.get()
    return f"{kind.value}{number}"


async def _hours(link: aiopjlink.PJLink) -> tuple[int, ...]:
    return tuple(hours for hours, _ in await link.lamps.status())


async def _troubles(link: aiopjlink.PJLink) -> tuple[str, ...]:
    """Return what has an error, and what a warning, by the protocol's six categories."""
    levels = (await link.errors.query()).items()
    failed = [kind.value for kind, level in levels if level is aiopjlink.Errors.Level.ERROR]
    warned = [f"{kind.value} warning" for kind, level in levels if level is _WARNED]
    return (*failed, *warned)


_WARNED = aiopjlink.Errors.Level.WARN


async def _if_told(answer: Awaitable[_T]) -> _T | None:
    """Return the answer, or None where the projector has none, or none now."""
    try:
        return await answer
    except _NO_WORD:
        return None
