"""Presence boards that are processes: the chip's own binary in a simulator, and the core on Linux.

`SimulatedBoard` starts one and orders its room about; `Host` speaks with it as the daemon does, by
the real session over the real serial port, but in the board's own time, which passes only when it
is told to: the same test gives the same run on any machine. See firmware/README.md for the orders.
"""

from __future__ import annotations

import abc
import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from lantern.link.messages import Configure, Lamp, Light, Report
from lantern.link.serial import SerialPort, Wiring
from lantern.link.session import Session

FIRMWARE = Path(__file__).parents[2] / "build/firmware"
CHIP = (FIRMWARE / "lantern-simulator", FIRMWARE / "lantern-board.elf")
LINUX = (FIRMWARE / "lantern-board-linux",)

LINE = Wiring(baud=115200)
AT_FIRST = Configure(
    interval_ms=50, enter_mm=1500, leave_mm=2000, offset_mm=0, motion=0, silence_ms=3000
)


class Held(abc.ABC):
    """What is closed at the end of its `with`."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of it. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class SimulatedBoard(Held):
    """A board on the pseudo-terminal `device`, in an empty room of 20 degrees Celsius.

    Its time passes by `run` alone, unless `paced`: then it follows the clock, and `run` is refused.
    """

    def __init__(self, kind: Literal["chip", "linux"] = "chip", *, paced: bool = False) -> None:
        command = CHIP if kind == "chip" else LINUX
        for file in command:
            if not file.exists():
                raise FileNotFoundError(f"{file.name}: not built; run scripts/board build")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self.device = self._answer().removeprefix("pty ")
        if not paced:
            self.order("pace off")
            self.order("power")  # what passed until then depends on the machine

    def order(self, words: str) -> str:
        """Give an order of the control language; return what the answer says beside "ok".

        Raises:
            ValueError: it was not understood, or is not possible now.
        """
        assert self._process.stdin
        self._process.stdin.write(words + "\n")
        answer = self._answer()
        if not answer.startswith("ok"):
            raise ValueError(answer)
        return answer.removeprefix("ok").strip()

    def run(self, ms: int) -> None:
        """Let `ms` of the board's time pass, as fast as the machine can."""
        self.order(f"run {ms}")

    def stand(self, distance_mm: float | None) -> None:
        """Put somebody at that distance before the sensor, or nobody."""
        self.order("distance beyond" if distance_mm is None else f"distance {distance_mm}")

    @property
    def now_s(self) -> float:
        """The board's time. Resets do not set it back."""
        return self._told("time_us") / 1e6

    @property
    def pings(self) -> int:
        """How often the sensor was asked."""
        return self._told("trigs")

    @property
    def is_lit(self) -> bool:
        """Whether the lamp is on."""
        return self.order("lamp") == "1"

    def close(self) -> None:
        """End it. Idempotent."""
        if self._process.stdin and self._process.stdout:
            with contextlib.suppress(BrokenPipeError):  # it ended by itself
                self._process.stdin.close()
            self._process.wait(5)
            self._process.stdout.close()

    def _told(self, name: str) -> int:
        return int(dict(word.split("=") for word in self.order("time").split())[name])

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"simulated board: it ended with {self._process.wait(5)}")
        return line.strip()


class Host(Held):
    """A conversation with a board whose time passes by `run` alone.

    `reports` are all that were believed, each with the board's time at which it was there.
    """

    def __init__(
        self, board: SimulatedBoard, configure: Configure = AT_FIRST, *, first: int = 1
    ) -> None:
        self.board = board
        self.reports: list[tuple[float, Report]] = []
        self._now_s = board.now_s
        self._port = SerialPort(board.device, LINE)
        self.session = Session(configure, Lamp(Light.PRESENCE), first=first)
        self.session.begin(self._now_s)

    @property
    def latest(self) -> Report:
        """The last report."""
        return self.reports[-1][1]

    def live(self, ms: int, step_ms: int = 5) -> None:
        """Speak with the board for `ms`, looking at the line each `step_ms`."""
        for _ in range(0, ms, step_ms):
            self._step(step_ms)

    def until(
        self, is_so: Callable[[Report], bool], within_ms: int = 2000, step_ms: int = 5
    ) -> float:
        """Speak on until a report is so; return how many seconds that took.

        Raises:
            TimeoutError: none was.
        """
        since_s, seen = self._now_s, len(self.reports)
        while self._now_s - since_s < within_ms / 1000:
            self._step(step_ms)
            for at, report in self.reports[seen:]:
                if is_so(report):
                    return at - since_s
            seen = len(self.reports)
        raise TimeoutError(
            f"no such report within {within_ms} ms; the last was {self.reports[-1:]}"
        )

    def say(self, data: bytes) -> None:
        """Send bytes that no session would."""
        self._port.write(data)

    def close(self) -> None:
        """Let go of the line, as a host that is stopped. Idempotent."""
        self._port.close()

    def _step(self, ms: int) -> None:
        self.board.run(ms)
        self._now_s += ms / 1000
        while data := self._port.read(0):
            heard = self.session.hear(data, self._now_s)
            self.reports += [(self._now_s, report) for report in heard]
        if says := self.session.says(self._now_s):
            self._port.write(says)
