import os
import stat
from pathlib import Path

import pytest

import photos
from lantern.errors import PhotoError
from lantern.imaging.sidecar import (
    MAX_SIDECAR_BYTES,
    joint_stamp,
    photo_name_of_sidecar,
    shared_sidecar_names,
    sidecar_name,
    sidecar_names,
    stamp,
)
from lantern.imaging.source import read_shared_sidecar, read_sidecar


def find(root: Path, path: str = "a.jpg"):
    return read_sidecar(os.fsencode(root), os.fsencode(path))


@pytest.mark.parametrize(
    ("name", "photo"),
    [
        (b"a.jpg.xmp", b"a.jpg"),
        (b"a.jpg.XMP", b"a.jpg"),
        (b"caf\xe9.NEF.Xmp", b"caf\xe9.NEF"),
        (b"a.xmp", b"a"),
        (b".xmp", None),
        (b"a.jpg", None),
        (b"a.jpg.xmp~", None),
    ],
)
def test_a_sidecar_is_named_after_its_photo(name: bytes, photo: bytes | None) -> None:
    assert photo_name_of_sidecar(name) == photo
    if photo is not None:
        assert name in sidecar_names(photo)
        assert photo_name_of_sidecar(sidecar_name(photo)) == photo


def test_the_usual_spelling_comes_first_whatever_else_is_there(tmp_path: Path) -> None:
    for name in ("a.jpg.XMP", "a.jpg.xmp", "a.jpg.xMp"):
        photos.put(tmp_path, name, b"x")
    found = find(tmp_path)
    assert found is not None
    assert found.name == b"a.jpg.xmp"


def test_a_stamp_tells_size_and_time_apart_and_fits_a_database() -> None:
    now = 1_795_241_091_209_744_401
    assert stamp(622, now) == stamp(622, now)
    assert len({stamp(size, now + ns) for size in range(30) for ns in range(30)}) == 900
    for size, mtime_ns in ((0, 0), (0, 1), (1, 0), (2**22, 2**63), (5, -1)):
        assert 0 < stamp(size, mtime_ns) < 2**63


def test_the_stamp_is_what_a_stat_tells(tmp_path: Path) -> None:
    photos.put(tmp_path, "a.jpg.xmp", b"<x/>")
    status = (tmp_path / "a.jpg.xmp").stat()
    found = find(tmp_path)
    assert found is not None
    assert found.stamp == stamp(status.st_size, status.st_mtime_ns)
    assert found.data == b"<x/>"


@pytest.mark.parametrize("kind", ["link", "pipe", "huge", "empty"])
def test_what_is_no_plain_file_has_a_stamp_and_no_content(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a.jpg.xmp"
    match kind:
        case "link":
            (tmp_path / "real").write_bytes(b"<x/>")
            target.symlink_to("real")
        case "pipe":
            os.mkfifo(target)
        case "huge":
            with open(target, "wb") as file:
                file.truncate(MAX_SIDECAR_BYTES + 1)
        case "empty":
            target.touch()
    found = find(tmp_path)
    assert found is not None
    assert found.data == b""
    assert found.stamp == stamp(target.lstat().st_size, target.lstat().st_mtime_ns)


def test_a_folder_of_that_name_is_no_sidecar(tmp_path: Path) -> None:
    (tmp_path / "a.jpg.xmp").mkdir()
    assert find(tmp_path) is None
    assert stat.S_ISDIR((tmp_path / "a.jpg.xmp").stat().st_mode)


def test_a_sidecar_is_not_reached_over_a_link(tmp_path: Path) -> None:
    photos.put(tmp_path, "real/a.jpg.xmp", b"<x/>")
    (tmp_path / "album").symlink_to("real")
    with pytest.raises(PhotoError, match="album is a symbolic link"):
        find(tmp_path, "album/a.jpg")


@pytest.mark.parametrize(
    ("photo", "first"),
    [(b"a.CR2", b"a.xmp"), (b"b/a.b.nef", b"b/a.b.xmp"), (b"a.jpg", None), (b"a", None)],
)
def test_only_a_raw_file_has_a_shared_sidecar(photo: bytes, first: bytes | None) -> None:
    assert next(iter(shared_sidecar_names(photo)), None) == first


def test_the_two_sidecars_of_a_raw_file_are_told_apart(tmp_path: Path) -> None:
    for name in ("a.CR2.xmp", "a.XMP"):
        photos.put(tmp_path, name, name.encode())
    own, shared = find(tmp_path, "a.CR2"), read_shared_sidecar(os.fsencode(tmp_path), b"a.CR2")
    assert own is not None
    assert shared is not None
    assert (own.data, shared.data) == (b"a.CR2.xmp", b"a.XMP")
    assert read_shared_sidecar(os.fsencode(tmp_path), b"a.jpg") is None


def test_a_joint_stamp_changes_with_either_sidecar() -> None:
    assert joint_stamp(0, 0) == 0
    assert joint_stamp(7, 0) == 7
    pairs = [(own, shared) for own in (0, 5, 2**63 - 2) for shared in (5, 6, 2**63 - 2)]
    stamps = {joint_stamp(*pair) for pair in pairs}
    assert len(stamps) == len(pairs)
    assert all(0 < found < 2**63 for found in stamps)
