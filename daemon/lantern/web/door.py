"""Where the owner signs in and out: one password at a time is tried, and not too often.

Owns the sessions and the counts of wrong tries; no request or answer is known here, see `sign_in`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import anyio
import anyio.to_thread

from lantern import log
from lantern.errors import LanternError
from lantern.web.attempts import Attempts
from lantern.web.password import PasswordFile
from lantern.web.sessions import TOKEN, Sessions
from lantern.web.threads import ask

MOST_WAITING = 4
"""Tries that may wait for the one in hand; each costs a Pi a fifth of a second and 16 MiB."""


class NoSignIn(LanternError):
    """There is no password, so nobody can sign in."""

    def __init__(self) -> None:
        super().__init__(
            'nobody can sign in: no password is set; run "lantern passwd" on the machine that '
            "serves this page"
        )


class WrongPassword(LanternError):
    """It is not the password."""

    def __init__(self) -> None:
        super().__init__("that is not the password")


class TooManyTries(LanternError):
    """Nobody may try now; `wait_s` whole seconds are to be waited."""

    def __init__(self, wait_s: float, why: str = "there were too many wrong passwords") -> None:
        self.wait_s = max(math.ceil(wait_s), 1)
        super().__init__(f"{why}; try again in {_for_people(self.wait_s)}")


class Door:
    """Lets the owner in. `clock` gives seconds that never run backwards."""

    def __init__(self, file: PasswordFile, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._attempts = Attempts()
        self._sessions = Sessions()
        self._turn = anyio.Lock()
        self._waiting = 0
        self._thread = anyio.CapacityLimiter(1)

    async def is_open(self) -> bool:
        """Tell whether there is a password to sign in with.

        Raises:
            Unavailable: the password's file cannot be read.
        """
        return await ask(self._file.current) is not None

    async def sign_in(self, password: str, address: str) -> str:
        """Begin a session for whoever says `password` from `address`; return its token.

        Raises:
            NoSignIn: there is no password.
            WrongPassword: it is another.
            TooManyTries: it was not even looked at.
            Unavailable: the password's file cannot be read.
        """
        self._require_patience(address)
        if self._waiting >= MOST_WAITING:
            raise TooManyTries(1, "others are signing in just now")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._try(password, address)
        finally:
            self._waiting -= 1

    async def _try(self, password: str, address: str) -> str:
        current = await ask(self._file.current)
        if current is None:
            raise NoSignIn
        self._require_patience(address)  # others may have been wrong while this one waited
        with anyio.CancelScope(shield=True):  # whoever leaves now has tried all the same
            right = await anyio.to_thread.run_sync(current.is_of, password, limiter=self._thread)
        if not right:
            self._attempts.was_wrong(address, self._clock())
            log.warning("wrong password", address=address)
            raise WrongPassword
        self._attempts.was_right(address)
        log.info("owner signed in", address=address)
        return self._sessions.begin(current, self._clock())

    def _require_patience(self, address: str) -> None:
        wait_s = self._attempts.wait_s(address, self._clock())
        if wait_s > 0:
            raise TooManyTries(wait_s)

    async def knows(self, token: str) -> bool:
        """Tell whether `token`, whatever it is, is that of a session; that session is used now.

        Raises:
            Unavailable: the password's file cannot be read.
        """
        if not TOKEN.fullmatch(token):
            return False
        return self._sessions.holds(token, await ask(self._file.current), self._clock())

    def sign_out(self, token: str) -> None:
        """End the session of `token`; harmless if there is none."""
        if self._sessions.end(token):
            log.info("owner signed out")


def _for_people(seconds: int) -> str:
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes"
