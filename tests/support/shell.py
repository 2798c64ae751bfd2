"""A shell on another machine, however it is reached."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable


class Shell(ABC):
    """Runs lines of shell as root, elsewhere."""

    @abstractmethod
    def run(self, command: str, *, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a line of shell; its output and errors come together."""

    def told(self, command: str, *, timeout_s: float = 60.0) -> str:
        """Return what `command` prints; it has to succeed."""
        done = self.run(command, timeout_s=timeout_s)
        assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}"
        return done.stdout.strip()


def all_active(*units: str) -> str:
    """Return the line of shell that succeeds if all `units` are active, not just one of them."""
    return f'test "$(systemctl is-active {" ".join(units)} | sort -u)" = active'


def eventually(what: Callable[[], bool], within_s: float = 60.0) -> bool:
    """Wait until `what` is so; tell whether it ever was.

    Asking takes no more than half of the time: what is waited for may want the processor, too.
    """
    deadline = time.monotonic() + within_s
    while True:
        began = time.monotonic()
        if what():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(max(0.2, time.monotonic() - began))
