"""`lantern screen` becomes the player, wherever its socket is to be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio

from lantern.cli.exit_codes import ExitCode
from lantern.errors import Unavailable
from lantern.kiosk.mpv import connected
from support.screen import needs_player

COMMAND = [sys.executable, "-m", "lantern", "--config"]


def configured(folder: Path) -> Path:
    """Return a configuration whose socket lies in `folder`."""
    file = folder.parent / "lantern.toml"
    file.write_text(f'[photos]\nroot = "/srv"\n[paths]\nruntime = "{folder}"\n', "utf-8")
    return file


async def told(socket: Path, *names: str) -> dict[str, Any]:
    """Return what the player at `socket` says of itself, once it listens."""
    with anyio.fail_after(20):
        while True:
            try:
                async with connected(socket, lambda _: None) as mpv:
                    return await mpv.look(*names)
            except Unavailable:
                await anyio.sleep(0.05)


@needs_player
def test_the_player_listens_however_deep_its_folder_silent_and_without_a_display(tmp_path):
    runtime = tmp_path / ("a deep folder " * 6) / ("and a deeper one " * 4)
    runtime.parent.mkdir()
    process = subprocess.Popen([*COMMAND, str(configured(runtime)), "screen"])
    try:
        names = ("pid", "mute", "idle-active", "vo-configured")
        player = anyio.run(told, runtime / "screen.sock", *names)
    finally:
        process.terminate()
    assert player == dict(zip(names, (process.pid, True, True, False), strict=True))
    assert process.wait(10) == -signal.SIGTERM


@needs_player
def test_a_second_screen_leaves_the_first_alone_until_that_has_ended(tmp_path):
    runtime = tmp_path / "run"
    command = [*COMMAND, str(configured(runtime)), "screen"]
    first = subprocess.Popen(command)
    try:
        anyio.run(told, runtime / "screen.sock", "pid")
        second = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert anyio.run(told, runtime / "screen.sock", "pid") == {"pid": first.pid}
    finally:
        first.kill()
        first.wait(10)
    assert second.returncode == ExitCode.UNAVAILABLE
    assert second.stderr == (
        f"lantern: {runtime}: another lantern screen runs here; stop it first, or set "
        "paths.runtime to another folder\n"
    )
    third = subprocess.Popen(command)
    try:
        assert anyio.run(told, runtime / "screen.sock", "pid") == {"pid": third.pid}
    finally:
        third.terminate()
        third.wait(10)


def test_where_there_is_no_player_a_person_is_told_how_to_get_it(tmp_path):
    command = [*COMMAND, str(configured(tmp_path / "run")), "screen"]
    bare = {**os.environ, "PATH": str(tmp_path)}
    ended = subprocess.run(command, env=bare, capture_output=True, text=True, check=False)
    assert ended.returncode not in (0, 1)
    assert ended.stderr == (
        'lantern: mpv: cannot be started (No such file or directory); "sudo apt install mpv"\n'
    )
