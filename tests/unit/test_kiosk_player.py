"""The player starts as it must: silent, without a display, for nobody at a keyboard."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lantern import config
from lantern.kiosk import player
from support.screen import needs_player


def test_without_a_desktop_it_draws_on_the_connector():
    command = player.command(config.Show(connector="HDMI-A-2"), "screen.sock")
    assert {"--gpu-context=drm", "--drm-connector=HDMI-A-2"} <= set(command)


def test_the_first_connector_is_left_to_the_player():
    assert not any("connector" in word for word in player.command(config.Show(), "screen.sock"))


def test_on_a_desktop_it_opens_a_window():
    command = player.command(config.Show(output="window"), "screen.sock")
    assert "--fullscreen" in command
    assert not any("drm" in word for word in command)


@needs_player
@pytest.mark.parametrize("output", ["drm", "window"])
def test_the_player_that_is_here_knows_every_option(output: str):
    settings = config.Show(output=output, connector="HDMI-A-1")  # type: ignore[arg-type]
    options = [word for word in player.command(settings, "")[1:] if "ipc-server" not in word]
    command = [shutil.which(player.PROGRAM) or "", *options, "--idle=no"]
    ended = subprocess.run(command, check=False, capture_output=True)
    assert ended.returncode == 0, ended.stderr


KEYS = ("q", "Q", "ESC", "f", "p", "SPACE", "ctrl+c", "`", "i", "PGDWN", "POWER", "QUIT")


def ends_by_keys(command: list[str], listens: Path) -> bool:
    """Tell whether a player that is started by `command` ends when each of `KEYS` is pressed."""
    with subprocess.Popen([*command, "--vo=null", "--ao=null"], stdin=subprocess.DEVNULL) as mpv:
        try:
            while mpv.poll() is None and not listens.exists():
                time.sleep(0.02)
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(str(listens))
                for key in KEYS:
                    line.sendall(f'{{"command": ["keypress", "{key}"]}}\n'.encode())
                mpv.wait(2.0)
        except subprocess.TimeoutExpired:
            return False
        except BrokenPipeError:
            mpv.wait(2.0)
        finally:
            mpv.kill()
        return True


@needs_player
def test_who_plugs_in_a_keyboard_cannot_end_it(tmp_path: Path):
    assert not ends_by_keys(player.command(config.Show(), f"{tmp_path}/ours"), tmp_path / "ours")
    bare = ["mpv", "--no-config", "--no-terminal", "--idle", f"--input-ipc-server={tmp_path}/bare"]
    assert ends_by_keys(bare, tmp_path / "bare"), "as any other player does"
