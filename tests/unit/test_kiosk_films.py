"""Which files of a folder are films, and in which order they play."""

import os

import pytest

from lantern.errors import Unavailable
from lantern.kiosk.films import REST_S, after, shelf

NOW = 2e9


def put(folder, *names, mtime=1e9):
    for name in names:
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(b"film")
        os.utime(path, (mtime, mtime))


def names(films):
    return [film.name for film in films]


def test_films_are_told_by_their_names_in_the_order_of_people(tmp_path):
    put(tmp_path, "film 10.mp4", "Film 2.MOV", "film 1b.webm", "ab.mkv", "Émile.avi", "a.jpg")
    (tmp_path / "folder.mp4").mkdir()
    put(tmp_path / "folder.mp4", "inner.mp4")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "ab.mkv")
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "gone.mkv")
    (tmp_path / "empty.mp4").touch()
    os.mkfifo(tmp_path / "pipe.mp4")
    found = shelf(tmp_path, NOW)
    assert names(found.films) == [
        *("ab.mkv", "film 1b.webm", "Film 2.MOV", "film 10.mp4", "link.mp4", "Émile.avi"),
    ]
    assert found.trouble == ""
    assert found.films[0].path == str(tmp_path / "ab.mkv")


def test_a_film_waits_until_it_has_rested_and_not_for_a_clock_that_runs_behind(tmp_path):
    put(tmp_path, "new.mp4", mtime=NOW - REST_S + 1)
    put(tmp_path, "rested.mp4", mtime=NOW - REST_S)
    put(tmp_path, "of tomorrow.mp4", mtime=NOW + 86_400)
    assert names(shelf(tmp_path, NOW).films) == ["of tomorrow.mp4", "rested.mp4"]


def test_many_names_that_are_no_text_are_told_in_one_sentence(tmp_path):
    put(tmp_path, *(b"\xff%d.mp4" % number for number in range(5)))
    found = shelf(tmp_path, NOW)
    assert found.films == ()
    assert found.trouble == (
        "films: expected names that are text, got \ufffd0.mp4, \ufffd1.mp4, \ufffd2.mp4"
        " and 2 more; rename them to see them"
    )


def test_a_folder_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(Unavailable, match=r"films: .*none cannot be read \(No such file"):
        shelf(tmp_path / "none", NOW)


def test_after_a_film_comes_the_next_and_itself_last_though_it_may_have_gone(tmp_path):
    put(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    films = shelf(tmp_path, NOW).films
    assert names(after(films, "")) == ["a.mp4", "b.mp4", "c.mp4"]
    assert names(after(films, "b.mp4")) == ["c.mp4", "a.mp4", "b.mp4"]
    assert names(after(films, "bb.mp4")) == ["c.mp4", "a.mp4", "b.mp4"]
    assert names(after(films, "c.mp4")) == ["a.mp4", "b.mp4", "c.mp4"]
    assert after((), "c.mp4") == ()
