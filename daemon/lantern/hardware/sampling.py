"""Ask a sensor again and again, from a thread of its own, until told to stop.

What all adapters need that are asked and do not speak by themselves. Knows no sensor.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lantern.hardware.ports import BEAT_S, Fault, Post, Reading

REST_S = BEAT_S / 2
"""How long a sensor that cannot tell is left alone: a dead one shall not slow down the others."""

MISSES = 3
"""It counts as such from so many failures in a row on: a busy machine may miss one echo."""


class Sampler:
    """Calls `read` with the time, `rate_hz` times a second or as often as it can, and posts.

    `read` returns None for nothing to say. It runs in the thread, and is never called after `stop`.
    """

    def __init__(self, name: str, rate_hz: float, read: Callable[[float], Reading | None]) -> None:
        self._name = name
        self._period_s = 1 / rate_hz
        self._read = read
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, post: Post) -> None:
        """Begin, at once with the first reading."""
        # An event of its own: a device may hang, and who stops it not wait for that.
        self._stopped = stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(post, stopped), name=self._name, daemon=True
        )
        self._thread.start()

    def hurry(self) -> None:
        """Have the next reading now, not when it is due. From any thread."""
        self._wake.set()

    def stop(self) -> None:
        """Stop; no reading is posted once it returns. Idempotent."""
        self._stopped.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _run(self, post: Post, stopped: threading.Event) -> None:
        due, misses = time.monotonic(), 0
        while True:
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            if stopped.is_set():
                return
            reading = self._read(time.monotonic())
            if reading is not None and not stopped.is_set():
                post(reading)
            misses = misses + 1 if isinstance(reading, Fault) else 0
            pause_s = REST_S if misses >= MISSES else self._period_s
            due = max(due + pause_s, time.monotonic())
