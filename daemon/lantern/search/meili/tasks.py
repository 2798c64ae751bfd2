"""Wait for what the server does: every write to it is a task, done some time after the answer."""

from __future__ import annotations

import time

from lantern.errors import Unavailable
from lantern.search.meili.connection import Ended, Line, NoSuch

SHORTEST_POLL_S = 0.005
LONGEST_POLL_S = 0.5


class Tasks:
    """The tasks that one writer waits for, each for `deadline_s` seconds at most.

    One that took longer is remembered, and waited for before anything else is sent: a slow server
    must not be buried under repetitions.
    """

    def __init__(self, name: str, deadline_s: float) -> None:
        self._name = name
        self._deadline_s = deadline_s
        self._unfinished: int | None = None
        self._stopped = False

    def stop(self) -> None:
        """Let whoever waits give up, from any thread."""
        self._stopped = True

    def settle(self, line: Line) -> None:
        """Wait for the task that took too long, if there is one; how it ended is no matter."""
        if self._unfinished is not None:
            self.sit_out(line, self._unfinished)

    def finish(self, line: Line, task: int) -> None:
        """Return when `task` has succeeded.

        Raises:
            Unavailable: it failed, was cancelled, or is not done by the deadline.
        """
        status, reason = self.sit_out(line, task)
        if status != "succeeded":
            raise Unavailable(
                f"{self._name}: task {task} expected to succeed, it {status} ({reason}); it is "
                "tried again, meanwhile look at the server's disk and journalctl -u meilisearch"
            )

    def sit_out(self, line: Line, task: int) -> Ended:
        """Return how `task` ended. A server that was wiped does not know it any more.

        Raises:
            Unavailable: it has not ended by the deadline.
        """
        self._unfinished = task
        deadline = time.monotonic() + self._deadline_s
        pause_s = SHORTEST_POLL_S
        while (ended := _ended(line, task)) is None:
            if self._stopped:
                raise Unavailable(f"{self._name}: task {task} is left alone, Lantern stops")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{self._name}: task {task} expected to end within {self._deadline_s:g} s, it "
                    "still runs; it is waited for again, look at the server's load"
                )
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_POLL_S)
        self._unfinished = None
        return ended


def _ended(line: Line, task: int) -> Ended | None:
    try:
        return line.ended(task)
    except NoSuch:
        return Ended("vanished", "the server was wiped meanwhile")
