"""Which names are photos, and which are other programs' droppings."""

import pytest

from lantern.ingest.ignore import is_ignored_folder, is_photo_name

DROPPINGS = [
    b"~syncthing~x.tmp",
    b"~syncthing~x.jpg.tmp",
    b"~syncthing~x.jpg",
    b".syncthing.x.jpg.tmp",
    b".photo.jpg.Xy12",  # rsync
    b".photo.jpg",
    b".DS_Store",
    b"._x.jpg",
    b"x.jpg~",
    b"x.jpg.part",
    b"x.jpg.crdownload",
    b"x.jpg.swp",
    b"x.part.jpg",
    b"x.tmp.jpg",
    b"~$x.jpg",
    b"x.jpg.sb-1a2b3c4d-Ab12Cd",
    b"Thumbs.db",
    b"x.xmp",
    b"x.jpg.xmp",
    b"x.mp4",
    b"jpg",
    b".jpg",
    b"x.",
    b"x",
]

PHOTOS = [
    b"x.jpg",
    b"X.JPG",
    b"x.JpEg",
    b"x.heic",
    b"x.nef",
    b"a b.png",
    b"two\nlines.jpg",
    b"\xff\xfe.jpg",
    b"x.sync-conflict-20200101-123456-ABCDEF.jpg",
    b"template.jpg",
    b"part.jpg",
    b"~x.jpg",
    b"-rf.jpg",
    b"#1.jpg",
    b"@home.jpg",
]

FOLDERS_OF_OTHERS = [
    b".stfolder",
    b".stversions",
    b".Trash-1000",
    b".git",
    b"@eaDir",
    b"@EADIR",
    b"@tmp",
    b"#recycle",
    b"#snapshot",
    b"$RECYCLE.BIN",
    b"System Volume Information",
    b"__MACOSX",
    b"lost+found",
    b"..",
    b".",
]


@pytest.mark.parametrize("name", DROPPINGS)
def test_droppings_are_not_photos(name):
    assert not is_photo_name(name)


@pytest.mark.parametrize("name", PHOTOS)
def test_photos_are_photos_whatever_else_their_name_holds(name):
    assert is_photo_name(name)


@pytest.mark.parametrize("name", FOLDERS_OF_OTHERS)
def test_folders_of_other_programs_are_ignored(name):
    assert is_ignored_folder(name)


@pytest.mark.parametrize("name", [b"2019", b"recycle", b"lost", b"a.b", b"\xff", b"holiday @home"])
def test_other_folders_are_not_ignored(name):
    assert not is_ignored_folder(name)
