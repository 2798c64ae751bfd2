"""A display of its own and a real mpv on it, started as `lantern screen` starts it.

Each takes a free display number and a socket in the folder it is given, so that any number may run
beside each other; each ends the process that it began, and no other.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest
from PIL import Image

from lantern import config
from lantern.kiosk import player
from lantern.kiosk.mpv import connected

TOOLS = ("mpv", "Xvfb")

needs_player = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"{' and '.join(TOOLS)} are not installed"
)

SOFTWARE = ("--vo=x11", "--profile=sw-fast", "--msg-level=all=warn")
"""Drawing by the processor, as there is no graphics card behind an Xvfb."""


class Display(NamedTuple):
    """An X server's `name`, such as ":7", and the file that holds its picture."""

    name: str
    frame: Path

    def grab(self) -> Image.Image:
        """Return what is to be seen at this moment. Format: X11/XWDFile.h, version 7."""
        data = self.frame.read_bytes()
        header = struct.unpack(">25I", data[:100])
        width, height, stride, colours = header[4], header[5], header[12], header[19]
        pixels = data[header[0] + 12 * colours :]
        return Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", stride, 1)


@contextlib.contextmanager
def display(width: int = 1280, height: int = 720, name: str = "") -> Iterator[Display]:
    """Run an X server that shows nothing to anybody, by a free name or the one given."""
    told, tell = os.pipe()
    with tempfile.TemporaryDirectory() as folder:
        screen = ["-screen", "0", f"{width}x{height}x24", "-fbdir", folder, "-nolisten", "tcp"]
        command = ["Xvfb", *([name] if name else []), "-displayfd", str(tell), *screen]
        server = subprocess.Popen(command, pass_fds=[tell], stderr=subprocess.DEVNULL)
        os.close(tell)
        try:
            with open(told) as file:
                yield Display(":" + file.readline().strip(), Path(folder) / "Xvfb_screen0")
        finally:
            _end(server)


class Player:
    """A real mpv, listening at `socket`; it can be killed and started again."""

    def __init__(self, command: Sequence[str], socket: Path, environment: Mapping[str, str]):
        self._command = command
        self._environment = environment
        self.socket = socket
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self.process is None
        self.process = subprocess.Popen(self._command, env=self._environment)

    def kill(self) -> None:
        """Kill it as nothing survives."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ask(self, *command: Any) -> Any:
        """Ask over a connection of its own."""
        async with connected(self.socket, lambda _: None) as mpv:
            return await mpv.ask(*command)

    async def until(self, name: str, value: object, seconds: float = 10.0) -> None:
        """Wait until the property `name` is `value`."""
        with anyio.fail_after(seconds):
            async with connected(self.socket, lambda _: None) as mpv:
                while (await mpv.look(name))[name] != value:  # noqa: ASYNC110 - polled on purpose
                    await anyio.sleep(0.01)

    def end(self) -> None:
        if self.process is not None:
            _end(self.process)
            self.process = None


@contextlib.contextmanager
def playing(
    folder: Path,
    shown_on: Display | None,
    *options: str,
    settings: config.Show | None = None,
    environment: Mapping[str, str] | None = None,
    up: bool = True,
) -> Iterator[Player]:
    """Run mpv on the display `shown_on` (None: on none), its socket in `folder`, if it is `up`.

    `options` come after those of `lantern screen`, so that they win: "--ao=null", for example.
    """
    socket = folder / "screen.sock"
    settings = settings or config.Show(output="window")
    command = [*player.command(settings, str(socket)), *SOFTWARE, *options]
    surroundings = {
        **os.environ,
        "DISPLAY": shown_on.name if shown_on else "",
        **(environment or {}),
    }
    one = Player(command, socket, surroundings)
    if up:
        one.start()
    try:
        yield one
    finally:
        one.end()


def prefer(process: int) -> None:
    """Put a process before others, as the player's unit does, where that is let."""
    with contextlib.suppress(PermissionError):
        for thread in os.listdir(f"/proc/{process}/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), -10)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
