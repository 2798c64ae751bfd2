"""Tell systemd how the service is: `sd_notify`'s protocol, one datagram a message [sd_notify(3)].

Without systemd nobody is told, and nothing else changes. What is told, and when, is decided by
`vigil` and `app`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, MutableMapping
from typing import Self

from lantern import log

PATIENCE_S = 2.0
"""A manager that has no room for a datagram is busy; one that has none for longer is ill."""


def is_service(environment: Mapping[str, str]) -> bool:
    """Tell whether systemd started this very process, and no other one that started it.

    [systemd.exec(5), SYSTEMD_EXEC_PID]
    """
    return environment.get("SYSTEMD_EXEC_PID") == str(os.getpid())


class Systemd:
    """The service manager behind the socket at `address`, "" for none.

    `watchdog_s` is how long it waits for a sign of life before it ends the service, None for ever.
    A message that cannot be sent is logged, once: a service does not end for want of a listener.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._silent = False
        self._sentence = ""
        self.watchdog_s = watchdog_s

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> Self:
        """Return the manager that `environment` names, and take its names out: children are mute.

        A watchdog that is meant for another process (WATCHDOG_PID) is none of ours.
        """
        address = environment.pop("NOTIFY_SOCKET", "")
        microseconds = environment.pop("WATCHDOG_USEC", "")
        meant = environment.pop("WATCHDOG_PID", "") in {"", str(os.getpid())}
        watches = meant and microseconds.isdecimal() and int(microseconds) > 0
        return cls(address, int(microseconds) / 1e6 if watches else None)

    def ready(self) -> None:
        """Say that everything is up, or that what was read anew is in force."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is read anew, until `ready`."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def alive(self) -> None:
        """Say that every part makes progress."""
        self._send("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Say in one line how it is going; the same again is not sent."""
        if sentence != self._sentence:
            self._sentence = sentence
            self._send("STATUS=" + " ".join(sentence.split()))

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(PATIENCE_S)
                sender.connect(self._address)
                sender.send(message.encode(errors="backslashreplace"))
        except OSError as error:
            if not self._silent:
                log.warning("systemd not told", words=message, reason=error.strerror or "no room")
            self._silent = True
        else:
            self._silent = False
