"""A write killed before and after each of its system calls: old or new, whole, and nothing left.

The child is killed by SIGKILL at one boundary after another; each time the folder is looked at as
the next start of the daemon finds it.
"""

import os
from pathlib import Path

import pytest

import photos
from lantern.imaging.replace import sweep
from support.inscribing import MODELS, PERSONS, look, write
from support.samples import SAMPLES
from support.traced import trace


def files(folder: Path) -> dict[str, bytes]:
    return {entry.name: Path(entry).read_bytes() for entry in os.scandir(folder)}


def lay_out(folder: Path, content: dict[str, bytes]) -> None:
    """Make `folder` hold `content` and nothing else."""
    for entry in os.scandir(folder):
        os.unlink(entry)
    for name, data in content.items():
        (folder / name).write_bytes(data)


def edited_sidecar(folder: Path) -> None:
    photos.put(folder, "a.jpg", photos.jpeg())
    write(folder, "a.jpg", MODELS, sidecar=True)


SCENES = {
    "embedded": ("a.jpg", lambda d: photos.put(d, "a.jpg", SAMPLES["edited.jpg"]()), False),
    "new sidecar": ("a.heic", lambda d: photos.put(d, "a.heic", SAMPLES["phone.heic"]()), False),
    "another sidecar": ("a.jpg", edited_sidecar, True),
    "photo and sidecar": ("a.jpg", edited_sidecar, False),
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_write_killed_at_any_system_call_leaves_the_old_or_the_new_file_and_no_other(
    tmp_path: Path, scene: str
) -> None:
    name, prepare, sidecar = SCENES[scene]
    prepare(tmp_path)
    look(tmp_path, name)  # what exiv2 does once, it does here
    old = files(tmp_path)

    def inscribe() -> None:
        write(tmp_path, name, PERSONS, sidecar=sidecar)

    calls, finished = trace(inscribe)
    new = files(tmp_path)
    assert finished
    assert new != old
    left = seen_new = 0
    for boundary in range(2 * len(calls) - 1):  # nothing follows the last call, which is its exit
        lay_out(tmp_path, old)
        _, finished = trace(inscribe, kill_at=boundary)
        assert not finished
        found = files(tmp_path)
        left += sweep(os.fsencode(tmp_path))
        now = files(tmp_path)
        assert set(now) <= set(old) | set(new), f"left behind at {boundary}: {set(now)}"
        assert len(found) - len(now) <= 1, "one temporary at most"
        for photo, data in now.items():
            assert data in (old.get(photo), new[photo]), f"torn at {boundary}"
        assert set(old) <= set(now), f"lost at {boundary}"
        seen_new += now == new
    assert left > 5, "some kills left a temporary to be swept"
    assert seen_new > 1, "some kills came after the rename"
    inscribe()
    assert look(tmp_path, name).imprint == PERSONS
    assert len(calls) > 40


@pytest.mark.parametrize("scene", SCENES)
def test_every_new_file_is_on_the_disk_before_it_gets_its_name_and_then_the_name_is(
    tmp_path: Path, scene: str
) -> None:
    name, prepare, sidecar = SCENES[scene]
    prepare(tmp_path)
    calls, _ = trace(lambda: write(tmp_path, name, PERSONS, sidecar=sidecar))
    order = [call for call in calls if call in {"write", "fsync", "rename"}]
    one = ["write", "fsync", "rename", "fsync"]
    assert order == one * (len(order) // 4)
    assert len(order) == (8 if scene == "photo and sidecar" else 4)
