"""A guest's picture in the photo folder."""

import errno
import os

import pytest

from lantern.errors import Unavailable
from lantern.imaging import replace
from lantern.kiosk.keepsake import keep


@pytest.fixture
def root(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").write_bytes(b"one")
    return tmp_path / "photos"


def test_it_is_kept_in_its_folder_which_is_made(root):
    assert keep(os.fsencode(root), "Guest book", "2026-11-21 12-00-00", b"data") == (
        "Guest book/2026-11-21 12-00-00.jpg"
    )
    assert (root / "Guest book" / "2026-11-21 12-00-00.jpg").read_bytes() == b"data"
    assert os.listdir(root / "Guest book") == ["2026-11-21 12-00-00.jpg"]


def test_no_file_is_ever_replaced(root):
    paths = [keep(os.fsencode(root), "a/b", "now", bytes([number])) for number in range(3)]
    assert paths == ["a/b/now.jpg", "a/b/now (2).jpg", "a/b/now (3).jpg"]
    assert [(root / path).read_bytes() for path in paths] == [b"\0", b"\1", b"\2"]


def test_a_link_that_dangles_counts_as_a_file(root):
    (root / "now.jpg").symlink_to("nowhere")
    assert keep(os.fsencode(root), ".", "now", b"data") == "./now (2).jpg"
    assert not (root / "nowhere").exists()


def test_no_link_is_followed_out_of_the_photos(root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (root / "Guest book").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="Guest book"):
        keep(os.fsencode(root), "Guest book", "now", b"data")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_disk_that_is_not_mounted_gets_no_folder(root):
    (root / "one.jpg").unlink()
    with pytest.raises(Unavailable, match="mount its disk"):
        keep(os.fsencode(root), "Guest book", "now", b"data")
    assert not list(root.iterdir())
    root.rmdir()
    with pytest.raises(Unavailable, match="no such file"):
        keep(os.fsencode(root), "Guest book", "now", b"data")
    assert not root.exists()


def test_a_full_disk_is_told_and_leaves_nothing_behind(root, monkeypatch):
    def full(_descriptor, _data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(replace, "_write", full)
    with pytest.raises(Unavailable, match="No space left"):
        keep(os.fsencode(root), "Guest book", "now", b"data")
    assert not list((root / "Guest book").iterdir())


def test_others_may_do_with_it_what_they_may_do_with_the_folder(root):
    (root / "Guest book").mkdir()
    (root / "Guest book").chmod(0o775)
    path = keep(os.fsencode(root), "Guest book", "now", b"data")
    assert (root / path).stat().st_mode & 0o777 == 0o664
