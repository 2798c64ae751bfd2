"""The process at the other end of a socket: whether it lives, and its end.

A player that hangs hears no command any more. Whoever started it (systemd, the demo) starts another
one when it ends, so to end it is to start it anew, and no right is needed but to be the same user.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket as sockets
import struct
from pathlib import Path

from lantern.address import short
from lantern.errors import Unavailable

_CREDENTIALS = struct.Struct("3i")
"""Process, user and group of whoever listens [unix(7), SO_PEERCRED]."""


class Peer:
    """A process, held by a descriptor, so that no other one is ever taken for it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def lives(self) -> bool:
        """Tell whether it has not ended."""
        ended, _, _ = select.select([self._descriptor], [], [], 0)
        return not ended

    def kill(self) -> None:
        """End it, whatever it does; harmless if it has ended.

        Raises:
            Unavailable: it is not ours to end.
        """
        try:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        except PermissionError as error:
            raise Unavailable("the player runs as another user, and cannot be ended") from error

    def close(self) -> None:
        """Let go of it; it goes on."""
        os.close(self._descriptor)


def listening_at(socket: Path) -> Peer:
    """Return the process that listens at `socket`, even if it does nothing else any more.

    Raises:
        Unavailable: there is none.
    """
    try:
        with short(socket) as address, sockets.socket(sockets.AF_UNIX) as stream:
            stream.setblocking(False)
            stream.connect(address)
            told = stream.getsockopt(sockets.SOL_SOCKET, sockets.SO_PEERCRED, _CREDENTIALS.size)
            return Peer(os.pidfd_open(_CREDENTIALS.unpack(told)[0]))
    except OSError as error:
        raise Unavailable(f"player at {socket}: {error.strerror or error}") from error
