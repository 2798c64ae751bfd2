"""Captions written to a disk with ever less room. Wants root, for a small tmpfs."""

import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

import photos
from lantern.errors import Unavailable
from support.inscribing import MODELS, look, write
from support.samples import SAMPLES

PAGE = 4096
PAGES = 40
"""Of the whole disk; the largest photo here takes eight."""


@pytest.fixture
def small_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", f"size={PAGES * PAGE}", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("NOT TESTED: a full disk needs the right to mount a tmpfs")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Fill the disk but for `leave` pages."""
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(PAGE)):
                pass
        except OSError:
            ballast.truncate(max(0, ballast.tell() - leave * PAGE))


def attempt(folder: Path, sidecar: bool) -> str:
    """Return why the caption was not written, "" if it was."""
    try:
        write(folder, "a.png", MODELS, sidecar=sidecar)
    except Unavailable as error:
        return str(error)
    return ""


@pytest.mark.parametrize("sidecar", [False, True], ids=["embedded", "sidecar"])
def test_a_full_disk_leaves_the_old_file_and_no_other_and_room_heals_it(
    small_disk: Path, sidecar: bool
) -> None:
    old = SAMPLES["deep.png"]()
    outcomes = Counter()
    for leave in range(12):
        photos.put(small_disk, "a.png", old)
        fill(small_disk, leave)
        complaint = attempt(small_disk, sidecar)
        if complaint:
            assert "no space left on device; tried again" in complaint
            assert sorted(os.listdir(small_disk)) == ["a.png", "ballast"]
            assert (small_disk / "a.png").read_bytes() == old
        else:
            assert look(small_disk, "a.png").imprint == MODELS
        outcomes["full" if complaint else "written"] += 1
        (small_disk / "ballast").unlink()
        write(small_disk, "a.png", MODELS, sidecar=sidecar)
        assert look(small_disk, "a.png").imprint == MODELS
        for name in os.listdir(small_disk):
            (small_disk / name).unlink()
    assert outcomes["full"] >= (1 if sidecar else 8)
    assert outcomes["written"] >= 2
