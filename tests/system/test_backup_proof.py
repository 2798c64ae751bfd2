"""What the backup is for, tried: rot is found, a thief takes nothing away, all of it comes back.

A far side that was set up by the command and the line that it printed, and one backup there; each
test leaves the house as it found it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lantern.backup.secrets import Secrets
from lantern.cli.exit_codes import ExitCode
from support.far_side import NEEDS_BORG, FarSide
from support.house import House, photo

pytestmark = [NEEDS_BORG, pytest.mark.timeout(400)]

README = Path(__file__).parents[2] / "README.md"
SEED = 20261121
OLD = 1_262_304_000_123_456_789
"""Nanoseconds of Unix time: the time of the photos, to be there again afterwards."""

SET_BY_HAND = (b'{"doors":"close"}', b'{"front":-12}')
"""What was ordered of the show, and what calibration found of a board."""


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    with FarSide(tmp_path_factory.mktemp("far")).running() as far:
        yield far


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, far: FarSide) -> House:
    """Return a house with described photos, corrected and hidden ones, and a backup of them."""
    section = f'[backup]\nrepositories = ["{far.url()}"]\ndrill_photos = 100\n'
    house = House(tmp_path_factory.mktemp("house") / "home", further=section)
    for number in range(5):
        house.put(f"album/{number}.jpg", photo(number))
    house.put("album/1.jpg.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    house.put("album/2.jpg.xmp", b"")
    house.put(b"no utf-8 \xff?.jpg", photo(7))
    for file in house.root.rglob("*.jpg"):
        os.utime(file, ns=(OLD, OLD))
    (house.root / "album").chmod(0o750)
    with house.running():
        house.wait_settled()
        assert house.run("hide", str(house.root / "album" / "2.jpg")).returncode == 0
        boat = str(house.root / "album" / "3.jpg")
        assert house.run("caption", "set", boat, "our boat").returncode == 0
        house.wait_settled()
        assert house.stop() == 0
    for file, said in zip(house.config.paths.set_by_hand, SET_BY_HAND, strict=True):
        file.write_bytes(said)
    told = house.run("backup", "setup", "--accept-host-key").stdout
    far.allow(re.findall(r"^restrict,.*$", told, re.MULTILINE)[0])
    for words in (["setup"], ["now"]):
        done = house.run("backup", *words)
        assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    return house


def borg(
    plan: dict[str, str], *words: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["borg", *words],
        env=os.environ | plan,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def drilled(house: House) -> tuple[int, dict[str, Any]]:
    """Drill; return the exit status and what is told of the one repository."""
    done = house.run("backup", "drill", "--seed", str(SEED), "--json")
    assert done.stdout, done.stderr
    (told,) = json.loads(done.stdout)["repositories"]
    return done.returncode, told


def flip(file: Path, at: int, *, keep_time: bool) -> None:
    """Have the disk lose the byte `at`; with `keep_time` nothing tells of it."""
    status = file.stat()
    mode = status.st_mode
    file.chmod(0o600)
    with open(file, "r+b") as opened:
        opened.seek(at)
        (byte,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte ^ 0x40]))
    file.chmod(mode)
    if keep_time:
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def as_they_are(root: Path) -> dict[str, tuple[bytes, int, int, int, int]]:
    """Return bytes, time, mode and owner of every file below `root`."""
    found = {}
    for file in sorted(root.rglob("*")):
        status = file.stat()
        data = file.read_bytes() if file.is_file() else b""
        kept = status.st_mtime_ns if file.is_file() else 0
        found[str(file)] = (data, kept, status.st_mode, status.st_uid, status.st_gid)
    return found


def test_a_drill_tells_rot_from_change_and_a_restore_mends_it(house: House) -> None:
    rotten, changed, gone = (house.root / "album" / f"{number}.jpg" for number in (0, 1, 4))
    sound = rotten.read_bytes()
    flip(rotten, len(sound) // 2, keep_time=True)
    changed.write_bytes(photo(100))
    gone.unlink()
    status, told = drilled(house)
    assert (status, told["kind"]) == (ExitCode.UNHEALTHY, "rotten")
    (sentence,) = told["sentences"]
    assert sentence.startswith("album/0.jpg: is no longer what was saved")

    left = house.run("backup", "restore", "album", "--json")
    assert left.returncode == ExitCode.UNAVAILABLE
    assert json.loads(left.stdout)["kept"] == ["album/0.jpg", "album/1.jpg"]
    assert rotten.read_bytes() != sound, "nothing that is there is replaced unasked"
    assert (gone.read_bytes(), gone.stat().st_mtime_ns) == (photo(4), OLD)
    over = house.run("backup", "restore", "--over", str(house.root / "album"))
    assert over.returncode == ExitCode.OK, over.stdout + over.stderr
    assert (rotten.read_bytes(), changed.read_bytes()) == (sound, photo(1))

    status, told = drilled(house)
    assert (status, told["outcome"], told["sentences"]) == (ExitCode.OK, "done", [])
    assert told["proved"]["files"] == 7, "six photos, one with a sidecar"
    assert told["proved"]["seed"] == SEED
    assert not (house.config.paths.backup_folder / "drill").exists()


def test_a_flipped_byte_in_the_repository_is_found_by_check_and_drill(
    house: House, far: FarSide
) -> None:
    segment = max((far.path() / "data").rglob("[0-9]*"), key=lambda file: file.stat().st_size)
    at = segment.stat().st_size // 2
    flip(segment, at, keep_time=True)
    try:
        status, told = drilled(house)
        assert (status, told["kind"]) == (ExitCode.UNHEALTHY, "damaged"), told
        checked = house.run("backup", "check", "--json")
        assert checked.returncode == ExitCode.UNHEALTHY
        assert json.loads(checked.stdout)["repositories"][0]["kind"] == "damaged"
    finally:
        flip(segment, at, keep_time=True)


def test_a_thief_with_the_key_and_the_passphrase_takes_no_archive_away(
    house: House, far: FarSide, tmp_path: Path
) -> None:
    secrets = Secrets.of(house.config.paths)
    thief = {
        "BORG_RSH": secrets.ssh_command(),
        "BORG_PASSCOMMAND": f"cat {secrets.kept_passphrase}",
        "BORG_BASE_DIR": str(tmp_path / "thief"),
        "BORG_DELETE_I_KNOW_WHAT_I_AM_DOING": "YES",
    }
    (before,) = borg(thief, "list", "--short", far.url()).stdout.split()
    number = len((far.path() / "transactions").read_text().splitlines())
    assert borg(thief, "delete", far.url()).returncode != 0, "not the repository"
    for words in (["delete", f"{far.url()}::{before}"], ["compact", "--threshold", "0", far.url()]):
        done = borg(thief, *words)
        assert done.returncode == 0, done.stderr
    assert borg(thief, "list", "--short", far.url()).stdout == "", "to all appearances it is gone"

    undone = tmp_path / "undo.sh"
    undone.write_text(_undoing(far.path(), number))
    done = subprocess.run(["sh", "-eu", undone], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    out = tmp_path / "out"
    assert house.run("backup", "restore", ".", "--to", str(out)).returncode == ExitCode.OK
    assert (out / "album" / "0.jpg").read_bytes() == photo(0)
    assert (out / "album").stat().st_mode & 0o777 == 0o750
    shutil.rmtree(secrets.base)
    secrets.make_folders()
    again = house.run("backup", "now")
    assert again.returncode == ExitCode.OK, again.stdout + again.stderr


def _undoing(repository: Path, number: int) -> str:
    """Return the commands of the README by which a far side undoes what a thief did."""
    (block,) = re.findall(r"```sh\n(cd /backup/photos .*?)```", README.read_text(), re.DOTALL)
    commands = block.replace("/backup/photos", str(repository))
    good = (repository / "transactions").read_text().splitlines()[number - 1]
    segment = re.findall(r"transaction (\d+)", good)[0]
    return re.sub(r"^last=\d+", f"last={segment}", commands, flags=re.MULTILINE)


def test_the_newest_archive_is_a_folder_until_it_is_unmounted(house: House, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    mounted = house.run("backup", "mount", str(seen), "--archive", "latest", "--json")
    if mounted.returncode == ExitCode.UNAVAILABLE:
        assert "python3-pyfuse3" in mounted.stderr
        assert "lantern backup restore" in mounted.stderr
        pytest.skip("NO FUSE: Borg cannot mount on this machine, and says so")
    assert mounted.returncode == ExitCode.OK, mounted.stderr
    try:
        assert json.loads(mounted.stdout)["folder"] == str(seen)
        (boat,) = seen.rglob("album/3.jpg")
        assert boat.read_bytes() == (house.root / "album" / "3.jpg").read_bytes()
        again = house.run("backup", "mount", str(seen))
        assert again.returncode == ExitCode.UNAVAILABLE
        assert "expected an empty folder" in again.stderr
    finally:
        subprocess.run(["borg", "umount", str(seen)], check=True, timeout=60)


def test_a_machine_that_has_nothing_gets_all_back_and_describes_no_photo_again(
    house: House, far: FarSide, tmp_path: Path
) -> None:
    paths = house.config.paths
    photos = as_they_are(house.root)
    known, described = house.searchable(), house.described()
    captionings = house.captionings()
    assert captionings, "they were described once"
    away = tmp_path / "the old machine"
    away.mkdir()
    for part in (house.root, paths.state_folder, paths.backup_folder, house.file):
        part.rename(away / part.name)
    secret = away / paths.backup_folder.name / "secret"
    words = ["restore", far.url(), "--accept-host-key", "--key", str(secret / "id_ed25519")]
    words += ["--passphrase-file", str(secret / "passphrase")]
    done = house.run(*words)
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    assert as_they_are(house.root) == photos
    assert house.file.read_bytes() == (away / house.file.name).read_bytes()
    assert tuple(file.read_bytes() for file in paths.set_by_hand) == SET_BY_HAND
    with house.running():
        house.wait(lambda: house.searchable() == known, "all is searchable again")
        house.wait_settled()
        assert house.found("our boat") == {"album/3.jpg"}
        assert house.described() == described
        assert _pictured(paths.thumbnails) == len(described)
        assert house.captionings() == captionings, "nothing was described again"
        again = house.run(*words)
        assert again.returncode == ExitCode.UNAVAILABLE
        assert "stop it first" in again.stderr
        assert house.stop() == 0
    setup = house.run("backup", "setup")
    assert setup.returncode == ExitCode.OK, setup.stdout + setup.stderr
    saved = house.run("backup", "now", "--json")
    (told,) = json.loads(saved.stdout)["repositories"]
    assert told["outcome"] == "done", saved.stdout
    assert told["saved"]["deduplicated_bytes"] < 200_000, "the photos are there already"


def _pictured(thumbnails: Path) -> int:
    """Return how many photos have a thumbnail."""
    with sqlite3.connect(thumbnails) as connection:
        (count,) = connection.execute("SELECT COUNT(DISTINCT fingerprint) FROM image").fetchone()
    return int(count)
