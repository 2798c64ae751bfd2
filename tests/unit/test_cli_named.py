"""A photo of the collection, named on the command line: what is said of one that is not there."""

import os

import pytest

from lantern.cli.named import named
from lantern.errors import PhotoError


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "photos" / "trip").mkdir(parents=True)
    (tmp_path / "photos" / "trip" / "a.jpg").touch()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "photos"


def refusal(file, root):
    with pytest.raises(PhotoError) as refused:
        named(str(file), os.fsencode(root))
    return str(refused.value)


def test_a_photo_is_named_as_the_shell_names_files(root, monkeypatch):
    assert named(str(root / "trip" / "a.jpg"), os.fsencode(root)) == b"trip/a.jpg"
    monkeypatch.chdir(root / "trip")
    assert named("a.jpg", os.fsencode(root)) == b"trip/a.jpg"


def test_a_file_that_is_not_there_is_told_with_where_it_was_looked_for(root):
    missing = root / "nosuch.jpg"
    assert refusal(missing, root) == (
        f"{missing}: expected a photo, found no file at {missing}; check the name"
    )


def test_a_file_elsewhere_is_told_with_where_photos_are(root, tmp_path):
    assert refusal("nosuch.jpg", root) == (
        f"nosuch.jpg: expected a photo below the photo folder {root}, got "
        f"{tmp_path}/elsewhere/nosuch.jpg; give the path of one there"
    )


def test_a_name_within_the_folder_is_told_as_it_should_be_given(root):
    told = refusal("trip/a.jpg", root)
    assert told.endswith(f"; for the photo of that name there, say {root}/trip/a.jpg")


def test_a_folder_is_no_photo(root):
    assert refusal(root / "trip", root).endswith(
        "expected a photo, got a folder; name a file in it"
    )
