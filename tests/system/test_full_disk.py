"""A full disk stops nothing but writing, says so, and heals. Wants root, for a small tmpfs."""

import json
import os
import subprocess
import sys
import time

import pytest

import photos

DEADLINE_S = 60
PHOTOS = 6


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("NOT TESTED: a full disk needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def status(config):
    command = [sys.executable, "-m", "lantern", "--config", str(config), "status", "--json"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    return json.loads(answer.stdout) if answer.stdout else {"notices": [], "settled": False}


def wait_for(config, condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition(last := status(config)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {DEADLINE_S} s; the last status: {last}")
        time.sleep(0.3)
    return last


def test_a_full_disk_is_reported_and_all_is_described_once_there_is_room(tmp_path, small_disk):
    root = tmp_path / "photos"
    root.mkdir()
    config = tmp_path / "lantern.toml"
    config.write_text(
        f'[photos]\nroot = "{root}"\nsettle_s = 0.1\n[captions]\nwrite = "off"\nworkers = 1\n'
        f'[paths]\nstate = "{small_disk}"\nruntime = "{tmp_path}"\n'
    )
    daemon = subprocess.Popen([sys.executable, "-m", "lantern", "--config", str(config), "run"])
    try:
        wait_for(config, lambda now: now["settled"])
        with open(small_disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(bytes(4096)):
                    pass
            except OSError:
                pass
        for number in range(PHOTOS):
            (root / f"{number}.jpg").write_bytes(photos.jpeg(width=400 + number))
        full = wait_for(config, lambda now: any("make room" in n for n in now["notices"]))
        assert daemon.poll() is None
        assert full["running"]
        (small_disk / "ballast").unlink()
        healed = wait_for(config, lambda now: now["settled"] and now["counts"]["captioned"])
        assert healed["counts"]["captioned"] == PHOTOS
        assert healed["counts"]["indexed"] == PHOTOS
        assert healed["notices"] == []
    finally:
        daemon.terminate()
        assert daemon.wait(10) == 0
