"""What was taken out goes to its place: nothing is replaced unasked, and no link is followed."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from lantern.backup.archive import Archive
from lantern.backup.plan import Comment
from lantern.backup.put_back import Put, put_back, stands
from lantern.backup.restore import place_of

NOON = 1_400_000_000_987_654_321


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    return tmp_path / "taken"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def put(folder: Path, name: str, data: bytes, time_ns: int = NOON) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, ns=(time_ns, time_ns))
    return file


def moved(taken: Path, place: Path, *, over: bool = False) -> Put:
    return put_back(os.fsencode(taken), os.fsencode(place), over=over)


def test_a_missing_folder_comes_back_with_its_mode_and_time(taken: Path, place: Path) -> None:
    put(taken, "2019/summer/a.jpg", b"a")
    (taken / "2019").chmod(0o751)
    os.utime(taken / "2019", ns=(NOON, NOON))
    assert moved(taken, place).files == 1
    status = (place / "2019").stat()
    assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o751, NOON)
    assert stands(os.fsencode(place / "2019/summer/a.jpg"), 1, NOON / 1e9)


def test_what_is_there_stays_unless_it_is_to_be_replaced(taken: Path, place: Path) -> None:
    for name, data in (("same", b"1"), ("rotten", b"2"), ("newer", b"3"), ("lost", b"4")):
        put(taken, name, data)
    put(place, "same", b"1")
    put(place, "rotten", b"X")  # of the same size and time
    put(place, "newer", b"33", NOON + 1)
    assert moved(taken, place) == Put(files=1, same=1, kept=[b"newer", b"rotten"])
    assert [(place / name).read_bytes() for name in ("rotten", "newer")] == [b"X", b"33"]
    for name in ("rotten", "newer"):
        put(taken, name, b"!")
    assert moved(taken, place, over=True) == Put(files=2, same=1)
    assert [(place / name).read_bytes() for name in ("rotten", "newer")] == [b"!", b"!"]


def test_a_link_in_the_place_leads_nowhere(taken: Path, place: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    put(taken, "album/deep/a.jpg", b"a")
    (place / "album").symlink_to(outside)
    assert moved(taken, place, over=True) == Put(kept=[b"album"])
    assert list(outside.iterdir()) == []


def test_a_folder_and_a_file_do_not_take_each_others_place(taken: Path, place: Path) -> None:
    put(taken, "a/b.jpg", b"b")
    put(taken, "c", b"c")
    put(place, "a", b"a file")
    put(place, "c/d.jpg", b"d")
    found = moved(taken, place, over=True)
    assert (found.files, sorted(found.kept)) == (0, [b"a", b"c"])
    assert ((place / "a").read_bytes(), (place / "c/d.jpg").read_bytes()) == (b"a file", b"d")


def test_a_photo_is_named_as_of_the_photos_or_absolutely_with_links_or_without(
    tmp_path: Path,
) -> None:
    (tmp_path / "disk" / "photos").mkdir(parents=True)
    (tmp_path / "photos").symlink_to(tmp_path / "disk" / "photos")
    (tmp_path / "home").symlink_to(tmp_path)
    then = Comment(format=1, photos="/then/photos", staged="/then/staged")
    archive = Archive("/repo", "lantern-1", datetime.datetime.now(datetime.UTC), then)
    root = os.fsencode(tmp_path / "photos")
    for name in (
        "2019/a.jpg",
        "2019/../2019/a.jpg",
        "/then/photos/2019/a.jpg",
        f"{tmp_path}/photos/2019/a.jpg",
        f"{tmp_path}/disk/photos/2019/a.jpg",
        f"{tmp_path}/home/photos/2019/a.jpg",
    ):
        assert place_of(archive, name, root) == b"then/photos/2019/a.jpg", name
    assert place_of(archive, ".", root) == b"then/photos"
    assert place_of(archive, str(tmp_path / "elsewhere"), root) != b"then/photos"
