"""systemd's end of a service: a socket that hears what the service says, and when."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator


class Manager:
    """Listens at `address`, in the abstract namespace, whose names may be short anywhere."""

    def __init__(self) -> None:
        self.address = f"@lantern-test-{os.getpid()}-{secrets.token_hex(4)}"
        self.heard: list[tuple[float, str]] = []
        """(monotonic time, message), one a datagram."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.address[1:])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def environment(self, watchdog_s: float | None = None) -> dict[str, str]:
        """Return what systemd has a service find."""
        told = {"NOTIFY_SOCKET": self.address}
        if watchdog_s is not None:
            told["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        return told

    def messages(self, beginning: str = "", since: float = 0.0) -> list[str]:
        return [told for at, told in list(self.heard) if at >= since and told.startswith(beginning)]

    def count(self, beginning: str, since: float = 0.0) -> int:
        return len(self.messages(beginning, since))

    @property
    def status(self) -> str:
        """Return the newest STATUS=, "" before the first."""
        told = self.messages("STATUS=")
        return told[-1].removeprefix("STATUS=") if told else ""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(2)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while message := self._socket.recv(65536):
                self.heard.append((time.monotonic(), message.decode()))


@contextlib.contextmanager
def manager() -> Iterator[Manager]:
    listening = Manager()
    try:
        yield listening
    finally:
        listening.close()
