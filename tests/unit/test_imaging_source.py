import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import photos
from lantern.errors import PhotoError, Unavailable
from lantern.imaging import source
from lantern.imaging.fingerprint import fingerprint
from lantern.imaging.formats import Format
from lantern.imaging.source import read_photo


def read(root: Path, path: bytes | str) -> source.Source:
    return read_photo(os.fsencode(root), os.fsencode(path))


def test_a_photo_comes_with_its_size_time_format_and_fingerprint(tmp_path: Path) -> None:
    data = photos.jpeg()
    photos.put(tmp_path, "2019/summer/dog.jpg", data)
    os.utime(tmp_path / "2019/summer/dog.jpg", ns=(0, 1_500_000_000_123_456_789))
    found = read(tmp_path, "2019/summer/dog.jpg")
    assert found.data == data
    assert found.size == len(data)
    assert found.mtime_ns == 1_500_000_000_123_456_789
    assert found.format is Format.JPEG
    assert found.fingerprint == fingerprint(data, Format.JPEG)
    assert found.remark is None


def test_a_wrong_extension_is_remarked_and_harmless(tmp_path: Path) -> None:
    photos.put(tmp_path, "dog.jpg", photos.encoded(photos.picture(), "PNG"))
    found = read(tmp_path, "dog.jpg")
    assert found.format is Format.PNG
    assert found.remark == "the content is PNG though the name says JPEG"


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        (b"two\nlines.jpg", "the name holds control characters"),
        (b"bell\x07.jpg", "the name holds control characters"),
        (b"caf\xe9.jpg", "the name is not valid UTF-8"),
    ],
)
def test_an_odd_name_is_remarked_and_harmless(tmp_path: Path, name: bytes, remark: str) -> None:
    photos.put(tmp_path, name, photos.jpeg())
    found = read(tmp_path, name)
    assert found.format is Format.JPEG
    assert found.remark == remark


def test_an_error_about_an_odd_name_stays_on_one_line(tmp_path: Path) -> None:
    photos.put(tmp_path, b"two\nlines \xff.jpg", b"")
    with pytest.raises(PhotoError) as caught:
        read(tmp_path, b"two\nlines \xff.jpg")
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("two\ufffdlines \ufffd.jpg: empty file")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"<html>not found</html>\n", "expected a JPEG, found text"),
        (bytes(5000), "expected a JPEG, found only zero bytes"),
        (b"\x7fELF\x02\x01\x01" + bytes(20), "found none of the formats that Lantern reads"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    photos.put(tmp_path, "broken.jpg", data)
    with pytest.raises(PhotoError, match=f"broken.jpg: .*{reason}"):
        read(tmp_path, "broken.jpg")


def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match=r"pipe\.jpg: expected a plain file, found a named pipe"):
        read(tmp_path, "pipe.jpg")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.jpg")
        with pytest.raises(PhotoError, match="found a socket"):
            read(tmp_path, "socket.jpg")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "album.jpg").mkdir()
    with pytest.raises(PhotoError, match="found a folder"):
        read(tmp_path, "album.jpg")


@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
def test_a_symbolic_link_is_refused_wherever_it_points(tmp_path: Path, inside: bool) -> None:
    root = tmp_path / "root"
    photos.put(root if inside else tmp_path, "real.jpg", photos.jpeg())
    (root).mkdir(exist_ok=True)
    (root / "link.jpg").symlink_to((root if inside else tmp_path) / "real.jpg")
    with pytest.raises(PhotoError, match="found a symbolic link"):
        read(root, "link.jpg")


def test_a_symbolic_link_among_the_folders_is_refused(tmp_path: Path) -> None:
    photos.put(tmp_path / "elsewhere", "dog.jpg", photos.jpeg())
    root = tmp_path / "root"
    root.mkdir()
    (root / "album").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PhotoError, match="album is a symbolic link"):
        read(root, "album/dog.jpg")


def test_the_photo_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    photos.put(tmp_path / "disk", "dog.jpg", photos.jpeg())
    (tmp_path / "photos").symlink_to(tmp_path / "disk")
    assert read(tmp_path / "photos", "dog.jpg").format is Format.JPEG


@pytest.mark.parametrize(
    "path", [b"../dog.jpg", b"a/../../dog.jpg", b"/etc/passwd", b"", b"a\0.jpg"]
)
def test_a_path_out_of_the_photo_folder_is_refused(tmp_path: Path, path: bytes) -> None:
    photos.put(tmp_path, "dog.jpg", photos.jpeg())
    (tmp_path / "root" / "a").mkdir(parents=True)
    with pytest.raises(PhotoError, match="not a path inside the photo folder"):
        read(tmp_path / "root", path)


@pytest.mark.parametrize("path", ["gone.jpg", "gone/dog.jpg"])
def test_a_missing_photo_is_unavailable_for_now(tmp_path: Path, path: str) -> None:
    with pytest.raises(Unavailable, match="no such file or directory"):
        read(tmp_path, path)


def test_a_missing_photo_folder_is_unavailable_for_now(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such file or directory"):
        read(tmp_path / "unmounted", "dog.jpg")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_photo_without_permission_is_unavailable_for_now(tmp_path: Path) -> None:
    photos.put(tmp_path, "dog.jpg", photos.jpeg())
    (tmp_path / "dog.jpg").chmod(0)
    with pytest.raises(Unavailable, match="permission denied"):
        read(tmp_path, "dog.jpg")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with open(tmp_path / "huge.jpg", "wb") as file:
        file.truncate(source.MAX_FILE_BYTES + 1)  # sparse: takes no room
    with pytest.raises(PhotoError, match="512 MiB, more than the 512 MiB that Lantern reads"):
        read(tmp_path, "huge.jpg")


def test_reading_leaves_no_descriptor_open(tmp_path: Path) -> None:
    photos.put(tmp_path, "a/b/dog.jpg", photos.jpeg())
    photos.put(tmp_path, "a/b/broken.jpg", b"")
    before = len(os.listdir("/proc/self/fd"))
    for name in ("a/b/dog.jpg", "a/b/broken.jpg", "a/b/gone.jpg", "a/gone/dog.jpg", "../x"):
        try:
            read(tmp_path, name)
        except (PhotoError, Unavailable):
            continue
    assert len(os.listdir("/proc/self/fd")) == before


def test_reading_a_photo_loads_no_decoder() -> None:
    heavy = ("numpy", "pyvips", "exiv2", "pillow_heif", "PIL")
    script = f"import sys, lantern.imaging.source; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"
