import os
import stat
from pathlib import Path

import pytest

import photos
from lantern.errors import PhotoError
from lantern.imaging.sidecar import (
    MAX_SIDECAR_BYTES,
    photo_name_of_sidecar,
    sidecar_name,
    sidecar_names,
    stamp,
)
from lantern.imaging.source import read_sidecar


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
