"""Bringing the catalog in line with a real folder: nothing is forgotten that may still be there."""

import os
import shutil

import anyio
import pytest

from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.imaging.source import read_sidecar
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.scan import Unreadable, list_folder, walk

NAMES = [f"{folder}/{number}.jpg" for folder in ("a", "b", "b/deep") for number in range(4)]


class Disk:
    """A photo folder, and a catalog brought in line with it whenever `scan` says so."""

    def __init__(self, home):
        self.root = home / "photos"
        self.desk = Desk(Catalog.open(home / "catalog"), ThumbnailStore.open(home / "thumbnails"))
        self.restart()

    def restart(self):
        self.reconciler = Reconciler(Photos(root=str(self.root), settle_s=5), self.desk)

    def put(self, name, *, age=1000.0):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        stat = path.stat()
        os.utime(path, (stat.st_mtime - age, stat.st_mtime - age))

    def scan(self, top=b""):
        anyio.run(self.reconciler.scan, top)

    def look_at(self, folder):
        """Look at one folder, as after a hint from the watcher."""
        anyio.run(self.reconciler._scan_folder, folder)

    def known(self):
        catalog = self.desk.catalog
        return {
            os.fsdecode(os.path.join(folder, name))
            for folder in catalog.folders()
            for name in catalog.known(folder)
        }

    @property
    def notices(self):
        return self.desk.noticeboard.notices


@pytest.fixture
def disk(tmp_path):
    disk = Disk(tmp_path)
    for name in NAMES:
        disk.put(name)
    disk.scan()
    assert disk.known() == set(NAMES)
    yield disk
    disk.desk.thumbnails.close()
    disk.desk.catalog.close()


def test_a_deleted_file_and_a_deleted_folder_are_forgotten(disk):
    (disk.root / "a/0.jpg").unlink()
    disk.look_at(b"a")
    shutil.rmtree(disk.root / "b/deep")
    disk.look_at(b"b/deep")
    assert disk.known() == {n for n in NAMES if "deep" not in n} - {"a/0.jpg"}
    assert disk.notices == ()


def test_a_folder_that_became_a_file_is_forgotten(disk):
    shutil.rmtree(disk.root / "b/deep")
    disk.put("b/deep")
    disk.look_at(b"b/deep")
    assert disk.known() == {n for n in NAMES if "deep" not in n}


@pytest.mark.parametrize("place", [b"", b"a", b"b/deep"])
def test_hints_from_a_disk_that_is_gone_forget_nothing(disk, place):
    disk.root.rename(disk.root.with_name("away"))
    disk.look_at(place)
    disk.scan(place)
    assert disk.known() == set(NAMES)
    assert "nothing is forgotten" in disk.notices[0]


@pytest.mark.parametrize("place", [b"", b"a", b"b/deep"])
def test_hints_from_a_disk_that_left_an_empty_folder_forget_nothing(disk, place):
    disk.root.rename(disk.root.with_name("away"))
    disk.root.mkdir()
    disk.look_at(place)
    disk.scan(place)
    assert disk.known() == set(NAMES)
    assert "nothing was forgotten" in disk.notices[0]


def test_the_notice_goes_when_the_disk_is_back(disk):
    disk.root.rename(disk.root.with_name("away"))
    disk.scan()
    disk.root.mkdir()
    disk.scan()
    assert len(disk.notices) == 2 - 1  # the folder is there again, its files are not
    disk.root.rmdir()
    disk.root.with_name("away").rename(disk.root)
    disk.scan()
    assert disk.notices == ()


def test_removals_are_accepted_once_and_only_of_a_disk_that_is_there(disk):
    disk.root.rename(disk.root.with_name("away"))
    disk.reconciler.rescan(accept_removals=True)
    disk.scan()  # what was accepted was thought to be there
    disk.root.mkdir()
    disk.scan()
    assert disk.known() == set(NAMES)

    disk.reconciler.rescan(accept_removals=True)
    disk.scan()
    assert disk.known() == set()
    assert disk.notices == ()

    disk.put("new.jpg")
    disk.scan()
    (disk.root / "new.jpg").unlink()
    disk.scan()
    assert disk.known() == {"new.jpg"}


@pytest.fixture
def unreadable(monkeypatch):
    """Give a way to make a folder unreadable, for root too."""
    hidden = set()
    real = os.scandir

    def scandir(path):
        if path in hidden:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    return lambda folder: hidden.add(os.fsencode(folder))


@pytest.mark.parametrize("place", [b"", b"b", b"b/deep"])
def test_a_folder_that_cannot_be_read_keeps_its_files_and_is_told(disk, unreadable, place):
    unreadable(disk.root / "b")
    unreadable(disk.root / "b/deep")
    disk.look_at(place)
    disk.scan(place)
    assert disk.known() == set(NAMES)
    assert len(disk.notices) == 1
    assert "permission denied" in disk.notices[0]
    assert "nothing below is forgotten" in disk.notices[0]


def test_a_file_that_rests_in_a_vanished_or_unreadable_folder_keeps_nobody_waiting(
    disk, unreadable
):
    disk.put("a/young.jpg", age=0)
    disk.put("c/young.jpg", age=0)
    disk.scan()
    assert not disk.reconciler.settled
    shutil.rmtree(disk.root / "c")
    disk.look_at(b"c")
    assert not disk.reconciler.settled
    unreadable(disk.root / "a")
    disk.look_at(b"a")
    assert disk.reconciler.settled


def test_a_file_that_is_set_back_to_what_is_known_of_it_keeps_nobody_waiting(disk):
    path = disk.root / "a/0.jpg"
    before = path.stat().st_mtime_ns
    os.utime(path)
    disk.look_at(b"a")
    assert not disk.reconciler.settled
    os.utime(path, ns=(before, before))
    disk.look_at(b"a")
    assert disk.reconciler.settled


def test_the_scan_follows_no_link_out_of_the_root_nor_in_circles(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/secret.jpg").write_bytes(b"x")
    root = tmp_path / "photos"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "out")
    (root / "circle").symlink_to(root)
    (root / "file.jpg").symlink_to(tmp_path / "out/secret.jpg")
    entries = list(walk(os.fsencode(root)))
    assert [entry.folder for entry in entries] == [b""]
    assert [file.name for file in entries[0].files] == [b"file.jpg"]


def test_a_photo_is_listed_with_the_stamp_of_its_sidecar(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.jpg", "a.jpg.xmp", "b.jpg.XMP", "lone.jpg.xmp", "d.xmp"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "c.jpg.xmp").mkdir()
    stamps = {file.name: file.sidecar for file in list_folder(os.fsencode(tmp_path), b"").files}
    for name in (b"a.jpg", b"b.jpg"):
        sidecar = read_sidecar(os.fsencode(tmp_path), name)
        assert sidecar is not None
        assert stamps.pop(name) == sidecar.stamp > 0  # what the worker tells of it
    assert stamps == {b"c.jpg": 0}


def test_the_stamp_of_a_raw_file_is_of_both_its_sidecars(tmp_path):
    def stamps():
        return {f.name: f.sidecar for f in list_folder(os.fsencode(tmp_path), b"").files}

    for name in ("a.CR2", "a.jpg", "a.CR2.xmp"):
        (tmp_path / name).write_bytes(b"x")
    own = stamps()
    (tmp_path / "a.xmp").write_bytes(b"from another program")
    both = stamps()
    (tmp_path / "a.xmp").write_bytes(b"changed")
    assert len({own[b"a.CR2"], both[b"a.CR2"], stamps()[b"a.CR2"]}) == 3
    assert stamps()[b"a.jpg"] == 0, "it is not the JPEG's"


def test_what_a_killed_lantern_began_to_write_is_removed_by_the_first_full_scan(disk):
    left = disk.root / "b/deep" / f".lantern-{1:016x}.tmp"
    others = [disk.root / "b/deep/.lantern-notes.tmp", disk.root / "b/.x.tmp"]
    for path in (left, *others):
        path.write_bytes(b"half")
    disk.scan()
    assert left.exists()  # this daemon may be at it: the fixture scanned once already
    disk.restart()
    disk.scan()
    assert not left.exists()
    assert all(path.exists() for path in others)
    assert disk.known() == set(NAMES)


def test_one_folder_that_cannot_be_read_hides_no_other(disk, unreadable):
    unreadable(disk.root / "b")
    entries = list(walk(os.fsencode(disk.root)))
    assert [e.folder for e in entries if isinstance(e, Unreadable)] == [b"b"]
    assert {e.folder for e in entries} == {b"", b"a", b"b"}
