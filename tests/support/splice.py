"""A serial line with a hand on it: what a board says, and is told, passes through a test."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

Treat = Callable[[bytes], bytes]


def as_it_is(data: bytes) -> bytes:
    """Return `data`."""
    return data


class Splice:
    """The line `device`, and behind it the one at `behind`, or nothing.

    What comes passes `up`, what is sent passes `down`; both may be replaced at any time. What the
    other side does not take in time is lost, as on a real line. A thread of its own, until `close`.
    """

    def __init__(self, behind: str | None = None) -> None:
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        self.device = os.ttyname(theirs)
        self._theirs = theirs
        self._behind = -1 if behind is None else os.open(behind, os.O_RDWR | os.O_NOCTTY)
        self._awake, self._waker = os.pipe()
        for end in (self._ours, self._behind):
            if end >= 0:
                os.set_blocking(end, False)
        self.up: Treat = as_it_is
        self.down: Treat = as_it_is
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        """Say something in the board's place."""
        _push(self._ours, data)

    def close(self) -> None:
        """Pull the plug. Idempotent."""
        if self._thread.is_alive():
            os.write(self._waker, b"\0")
            self._thread.join()
            for end in (self._ours, self._theirs, self._behind, self._awake, self._waker):
                if end >= 0:
                    os.close(end)

    def _run(self) -> None:
        ends = [end for end in (self._ours, self._behind, self._awake) if end >= 0]
        while True:
            ready, _, _ = select.select(ends, [], [])
            if self._awake in ready:
                return
            if self._ours in ready:
                heard = self.down(_pull(self._ours))
                if self._behind >= 0:
                    _push(self._behind, heard)
            if self._behind in ready:
                _push(self._ours, self.up(_pull(self._behind)))


def _pull(end: int) -> bytes:
    with contextlib.suppress(OSError):
        return os.read(end, 4096)
    return b""


def _push(end: int, data: bytes) -> None:
    with contextlib.suppress(BlockingIOError):
        while data:
            data = data[os.write(end, data) :]


@contextlib.contextmanager
def spliced(behind: str | None = None) -> Iterator[Splice]:
    """Hand out a splice, and close it."""
    splice = Splice(behind)
    try:
        yield splice
    finally:
        splice.close()


class Plug:
    """A name that leads to a device, or to another one, or nowhere: as udev keeps them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, device: str) -> None:
        """Let the name lead to `device`."""
        self.pull()
        self.path.symlink_to(device)

    def pull(self) -> None:
        """Let the name lead nowhere."""
        self.path.unlink(missing_ok=True)
