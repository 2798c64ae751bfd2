"""Who is signed in: a random token in the browser, its hash in this process's memory alone.

Pure but for the randomness: the time, in seconds, is passed in. A restart of the page signs
everybody out; so does another password. Nothing is written to a disk that could be stolen.
"""

from __future__ import annotations

import hashlib
import re
import secrets

import msgspec

from lantern.web.password import Hashed

IDLE_S = 12 * 3600.0
"""A session that nobody used for so long has ended: a tablet may have been left lying."""

LONGEST_S = 30 * 24 * 3600.0

MOST = 64
"""Sessions at once; the one that was longest unused ends first."""

TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Session(msgspec.Struct):
    """When it began, when it was used last, and the password that it was begun with."""

    begun: float
    used: float
    password: Hashed


class Sessions:
    """See the module. One thread at a time."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, Session] = {}

    def begin(self, password: Hashed, now: float) -> str:
        """Begin a session; return its token, 256 random bits as 43 characters."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._sessions[_key(token)] = Session(now, now, password)
        while len(self._sessions) > MOST:
            del self._sessions[min(self._sessions, key=lambda key: self._sessions[key].used)]
        return token

    def holds(self, token: str, password: Hashed | None, now: float) -> bool:
        """Tell whether `token` is of a session that lasts under `password`, and note its use."""
        key = _key(token)
        session = self._sessions.get(key)
        if session is None:
            return False
        if (
            password is None
            or session.password != password
            or now - session.used >= IDLE_S
            or now - session.begun >= LONGEST_S
        ):
            del self._sessions[key]
            return False
        session.used = now
        return True

    def end(self, token: str) -> bool:
        """End a session; return whether there was one."""
        return self._sessions.pop(_key(token), None) is not None


def _key(token: str) -> bytes:
    """Return the token's hash: who reads this memory later cannot sign in with it.

    It also hides from a clock how far a guess was right.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
