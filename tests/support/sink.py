"""A loudspeaker for tests: a PulseAudio server of our own whose only sink is recorded.

The sink plays at the speed of the clock, as a sound card does. What it played is kept with the
times at which it did, so a level can be asked for at any moment of `time.monotonic`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Samples a second of the sink, in two channels; the first is recorded."""

BLOCK_MS = 10
"""The sink asks the player for so much at a time, and is recorded in such pieces."""

PATIENCE_S = 20.0

SILENCE_DB = -120.0

_NAME = "lantern"

_AT_ONCE = ("chrt", "--fifo", "10")
"""A sound card waits for no process; what stands in for it does not either, where that is let."""


class Recording:
    """What a sink played, from the moment on when `record` began."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._pieces: list[bytes] = []
        self._arrived: list[float] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def samples(self) -> tuple[NDArray[np.float32], float]:
        """Return all samples, in [-1, 1], and when the first was played, by `time.monotonic`.

        A piece may arrive late but never early, so the earliest of all tells how time goes.
        """
        pieces = list(self._pieces)
        arrived = np.array(self._arrived[: len(pieces)])
        heard = np.cumsum([len(piece) // 4 for piece in pieces])
        if not len(heard):
            return np.zeros(0, np.float32), time.monotonic()
        return np.frombuffer(b"".join(pieces), np.float32), float(np.min(arrived - heard / RATE))

    def between(self, begin: float, end: float) -> NDArray[np.float32]:
        """Return what was played from `begin` to before `end`, waiting for it where need be."""
        deadline = end + PATIENCE_S
        while True:
            samples, first = self.samples()
            if first + len(samples) / RATE >= end:
                start, stop = (max(0, round((at - first) * RATE)) for at in (begin, end))
                return samples[start:stop]
            assert time.monotonic() < deadline, "the sink stopped playing"
            assert self._process.poll() is None, "the recorder ended"
            time.sleep(0.01)

    def level_db(self, begin: float, end: float) -> float:
        """Return the level of that, in decibels below full scale."""
        return level_db(self.between(begin, end))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._thread.join(PATIENCE_S)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            while piece := stdout.read(RATE * 4 * BLOCK_MS // 1000):
                self._arrived.append(time.monotonic())
                self._pieces.append(piece)


def level_db(samples: NDArray[np.float32]) -> float:
    """Return the root of the mean square of `samples`, in decibels below full scale."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(SILENCE_DB, 10 * np.log10(power)) if power > 0 else SILENCE_DB


class Sink:
    """A running server; `environment` is what a player needs to play into it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    @contextlib.contextmanager
    def record(self) -> Iterator[Recording]:
        """Record while the context lasts."""
        command = (
            f"parec --device={_NAME}.monitor --format=float32le --rate={RATE} --channels=1"
            f" --latency-msec={BLOCK_MS} --raw"
        )
        process = subprocess.Popen(
            [*_at_once(), *command.split()],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
        )
        recording = Recording(process)
        try:
            _wait_for(lambda: bool(recording.samples()[0].size), "the recorder hears nothing")
            yield recording
        finally:
            recording.close()


@contextlib.contextmanager
def sink(folder: Path) -> Iterator[Sink]:
    """Run a server with its files in `folder`, on no other socket than its own."""
    socket = folder / "pulse.sock"
    environment = {
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_STATE_PATH": str(folder),
        "PULSE_COOKIE": str(folder / "cookie"),
    }
    modules = (
        f"module-null-sink sink_name={_NAME} rate={RATE} channels=2 format=float32le",
        f"module-native-protocol-unix socket={socket} auth-anonymous=1",
    )
    command = (
        "pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disallow-exit"
        " --disable-shm=yes --log-level=error --realtime=no --high-priority=no"
    )
    with open(folder / "pulse.log", "wb") as log:
        process = subprocess.Popen(
            [
                *_at_once(),
                *command.split(),
                *(word for module in modules for word in ("-L", module)),
            ],
            env={**os.environ, **environment},
            stderr=log,
        )
    try:
        _wait_for(socket.exists, f"no sound server; see {folder}/pulse.log")
        yield Sink(environment)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@functools.cache
def _at_once() -> tuple[str, ...]:
    tried = subprocess.run([*_AT_ONCE, "true"], capture_output=True, check=False)
    return () if tried.returncode else _AT_ONCE


def _wait_for(condition, why: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.01)
