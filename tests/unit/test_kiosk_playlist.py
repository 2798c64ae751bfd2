"""What a player gets to show: photos and films of the programme, without a gap in the show."""

import os

import anyio
import pytest
from PIL import Image

import photos
from lantern.kiosk import playlist as module
from lantern.kiosk.playlist import Plays
from support.evening import Evening, during

ALL = {"everyday": {"photos": "all"}}


@pytest.fixture
def evening(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    monkeypatch.setattr(module, "STARVING_S", 0.05)
    monkeypatch.setattr(module, "BUSY_SHARE", 1.0)
    made = Evening(tmp_path)
    yield made
    made.close()


async def names(playlist, count):
    return [(await playlist.next()).name for _ in range(count)]


async def until(playlist, met):
    """Ask for works until one meets `met`; return the names of those before it."""
    seen = []
    while not met(work := await playlist.next()):
        seen.append(work.name)
    return seen


def test_a_photo_is_handed_out_as_an_upright_picture_of_the_screens_size(evening):
    evening.shelf.add("a.jpg", "a dog", photos.jpeg(1600, 900))
    playlist = evening.playlist(ALL)
    work = during(playlist, playlist.next)
    assert (work.name, work.still, work.sentence) == ("a.jpg", True, "a dog")
    assert os.path.isabs(work.path)
    assert Image.open(work.path).size == (800, 450)
    assert playlist.plays == Plays("everyday", photos=1)


def test_every_photo_comes_once_in_a_lap_and_the_next_lap_is_another(evening):
    there = {evening.shelf.add(f"{n}.jpg", "a dog") and f"{n}.jpg" for n in range(9)}
    playlist = evening.playlist(ALL)
    seen = during(playlist, lambda: names(playlist, 18))
    assert set(seen[:9]) == set(seen[9:]) == there
    assert seen[:9] != seen[9:]
    assert seen[8] != seen[9]


def test_a_photo_that_arrives_is_next_and_does_not_come_again_in_that_lap(evening):
    for number in range(4):
        evening.shelf.add(f"{number}.jpg", "a dog")
    playlist = evening.playlist(ALL)

    async def play():
        first = await names(playlist, 2)
        evening.shelf.add("new.jpg", "a cat")
        await anyio.sleep(0.3)
        return first, await names(playlist, 3)

    first, then = during(playlist, play)
    assert then[0] == "new.jpg"
    assert {*first, *then[1:]} == {f"{number}.jpg" for number in range(4)}


def test_hidden_photos_are_never_handed_out_and_one_hidden_meanwhile_is_void(evening):
    ids = {f"{n}.jpg": evening.shelf.add(f"{n}.jpg", "a dog") for n in range(3)}
    evening.shelf.catalog.hiding.hide(ids["1.jpg"], 5.0)
    playlist = evening.playlist(ALL)

    async def play():
        work = await playlist.next()
        evening.shelf.catalog.hiding.hide(ids[work.name], 6.0)
        with anyio.fail_after(5):
            await playlist.changed()
        return work, await names(playlist, 3)

    work, then = during(playlist, play)
    assert not os.path.exists(work.path)
    assert set(then) == ids.keys() - {"1.jpg", work.name}


def test_films_play_by_name_with_photos_between(evening):
    for number in (0, 1):
        evening.shelf.add(f"{number}.jpg", "a dog")
    for name in ("film 10.mp4", "film 2.MKV", "notes.txt", ".hidden.mp4"):
        evening.film(name)
    mixed = {"mixed": {"photos": "all", "films": str(evening.films), "photos_between": 2}}
    playlist = evening.playlist(mixed)
    seen = during(playlist, lambda: names(playlist, 9))
    assert seen[2::3] == ["film 2.MKV", "film 10.mp4", "film 2.MKV"]
    assert all(name.endswith(".jpg") for name in seen[0::3] + seen[1::3])
    assert playlist.plays == Plays("mixed", photos=2, films=2)
