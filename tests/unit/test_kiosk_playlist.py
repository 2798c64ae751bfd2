"""What a player gets to show: photos and films of the programme, without a gap in the show."""

import datetime
import itertools
import os

import anyio
import pytest
from PIL import Image

import photos
from lantern.errors import PhotoError
from lantern.kiosk import playlist as module
from lantern.kiosk.playlist import Plays
from lantern.kiosk.slides import KEPT
from lantern.kiosk.upcoming import Upcoming
from lantern.waiting import Hint
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


async def soon(met):
    with anyio.fail_after(20):
        while not met():  # noqa: ASYNC110 - of what is met, nobody tells
            await anyio.sleep(0.01)


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
    there = evening.dogs(9)
    playlist = evening.playlist(ALL)
    seen = during(playlist, lambda: names(playlist, 18))
    assert set(seen[:9]) == set(seen[9:]) == there
    assert seen[:9] != seen[9:]
    assert seen[8] != seen[9]


def test_a_photo_that_arrives_is_next_and_does_not_come_again_in_that_lap(evening):
    evening.dogs(4)
    playlist = evening.playlist(ALL)

    async def play():
        first = await names(playlist, 2)
        evening.shelf.add("new.jpg", "a cat")
        await soon(lambda: playlist.plays.photos == 5)
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
        with anyio.fail_after(20):
            await playlist.changed()
        then = await names(playlist, 3)
        assert await playlist.previous() is not None
        evening.shelf.add("4.jpg", "a dog")  # what happens later voids nothing once more
        with anyio.move_on_after(0.3) as waiting:
            await playlist.changed()
        assert waiting.cancelled_caught
        return work, then

    work, then = during(playlist, play)
    assert evening.withdrawn == [work.name]
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


def test_a_step_back_and_forth_leads_through_what_was_seen(evening):
    evening.dogs(5)
    playlist = evening.playlist(ALL)

    async def play():
        one, two, three = await names(playlist, 3)
        back = [(await playlist.previous()).name for _ in range(2)]
        assert back == [two, one]
        assert await playlist.previous() is None
        assert await names(playlist, 2) == [two, three]
        assert (await playlist.resume(one)).name == one
        assert (await names(playlist, 3))[:2] == [two, three]

    during(playlist, play)


def test_after_a_restart_the_lap_goes_on_behind_the_work_that_still_plays(evening):
    there = evening.dogs(12)
    first = evening.playlist(ALL)
    before = during(first, lambda: names(first, 5))
    second = evening.playlist(ALL)

    async def play():
        resumed = await second.resume(before[3])
        return [resumed.name, *await names(second, 8)]

    after = during(second, play)
    assert after[0] == before[3]
    assert set(before[:4]) | set(after[1:]) == there


def test_a_restart_in_the_dark_goes_on_with_photos_that_were_not_shown(evening):
    evening.dogs(12)
    mixed = {"mixed": {"photos": "all", "films": str(evening.films), "photos_between": 5}}
    for name in ("a.mp4", "b.mp4"):
        evening.film(name)
    first, second = evening.playlist(mixed), evening.playlist(mixed)
    before = during(first, lambda: names(first, 6))
    second = evening.playlist(mixed)
    after = during(second, lambda: names(second, 6))
    assert (before[5], after[5]) == ("a.mp4", "b.mp4")
    assert not set(before) & set(after)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff{",
        b"[]",
        b'{"everyday": {"lap": {"seed": -1, "most": 9, "place": 0}}}',
        b'{"everyday": {"lap": {"seed": 99999999999999999999, "most": 9, "place": 0}}}',
        b'{"everyday": {"lap": {"seed": 4611686018427387903, "most": 1, "place": 7777777777}}}',
    ],
)
def test_a_file_that_says_nothing_sensible_of_the_lap_begins_a_new_one(evening, content):
    evening.shelf.add("a.jpg", "a dog")
    (evening.folder / "programmes.json").write_bytes(content)
    playlist = evening.playlist(ALL)
    assert during(playlist, playlist.next).name == "a.jpg"


def test_what_is_gone_cannot_be_resumed(evening):
    evening.shelf.add("a.jpg", "a dog")
    playlist = evening.playlist(ALL)
    for name in ("b.jpg", "photo 77", "../a.jpg", "\ud800.jpg", "a\0.jpg", "x.mp4"):
        assert during(playlist, lambda name=name: playlist.resume(name)) is None


def test_a_film_that_does_not_play_is_passed_over_and_reported_until_it_is_another(evening):
    for name in ("a.mp4", "b.mp4"):
        evening.film(name)
    playlist = evening.playlist({"films": {"films": str(evening.films)}})

    async def play():
        bad = await playlist.next()
        playlist.spoiled(bad, "unrecognized file format")
        assert await names(playlist, 3) == ["b.mp4"] * 3
        await soon(lambda: evening.board.notices)
        told = evening.board.notices
        (evening.films / "a.mp4").write_bytes(b"a longer film")
        os.utime(evening.films / "a.mp4", (1e9, 1e9))
        return bad, told, await names(playlist, 2)

    bad, told, then = during(playlist, play)
    assert (bad.name, bad.path, bad.still) == ("a.mp4", str(evening.films / "a.mp4"), False)
    assert told == (
        "works passed over, since they cannot be played: a.mp4: unrecognized file format",
    )
    assert then == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize("who", ["the screen", "who watches the picture"])
def test_a_film_that_was_handed_out_twice_is_said_once_to_be_passed_over(evening, caplog, who):
    evening.film("a.mp4")
    playlist = evening.playlist({"films": {"films": str(evening.films)}})

    async def play():
        await names(playlist, 1)
        told = Upcoming(playlist, Hint()) if who == "the screen" else playlist
        told.spoiled(await playlist.next(), "unrecognized file format")
        assert await playlist.next() is None

    during(playlist, play)
    assert caplog.text.count("work passed over") == 1


def test_films_whose_disk_was_unplugged_play_again_once_it_is_back(evening):
    evening.shelf.add("a.jpg", "a dog")
    for name in ("a.mp4", "b.mp4"):
        evening.film(name)
    mixed = {"mixed": {"photos": "all", "films": str(evening.films), "photos_between": 1}}
    playlist = evening.playlist(mixed)
    away = evening.folder / "films.away"

    async def play():
        works = [await playlist.next() for _ in range(4)]
        evening.films.rename(away)
        for work in works:
            if not work.still:
                playlist.spoiled(work, "loading failed")
        await soon(lambda: playlist.plays.films == 0 and len(evening.board.notices) == 1)
        told, meanwhile = evening.board.notices, await names(playlist, 4)
        away.rename(evening.films)
        await soon(lambda: playlist.plays.films == 2 and not evening.board.notices)
        return told, meanwhile, await names(playlist, 4)

    (told,), meanwhile, then = during(playlist, play)
    assert told.startswith(f"films: {evening.films} cannot be read")
    assert meanwhile == ["a.jpg"] * 4
    assert {"a.mp4", "b.mp4"} <= set(then)


def test_a_film_that_was_taken_away_and_put_back_is_passed_over_no_more(evening):
    for name in ("a.mp4", "b.mp4"):
        evening.film(name)
    playlist = evening.playlist({"films": {"films": str(evening.films)}})

    async def play():
        gone = await playlist.next()
        (evening.films / gone.name).rename(evening.folder / gone.name)
        playlist.spoiled(gone, "loading failed")
        assert await names(playlist, 2) == ["b.mp4"] * 2
        (evening.folder / gone.name).rename(evening.films / gone.name)
        return await names(playlist, 2)

    assert during(playlist, play) == ["a.mp4", "b.mp4"]


def test_a_film_whose_turn_the_first_photos_took_comes_right_after_them(evening):
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        evening.film(name)
    mixed = {"mixed": {"photos": "all", "films": str(evening.films), "photos_between": 2}}
    playlist = evening.playlist(mixed)

    async def play():
        assert await names(playlist, 2) == ["a.mp4", "b.mp4"]  # that is ahead, and not begun
        with evening.at_once():
            for name in ("a.jpg", "b.jpg"):
                evening.shelf.add(name, "a dog")
        with anyio.fail_after(20):
            await playlist.changed()
        return await names(playlist, 4)

    *two, film, photo = during(playlist, play)
    assert set(two) == {"a.jpg", "b.jpg"}
    assert (film, photo[-4:]) == ("b.mp4", ".jpg")


def test_what_was_to_follow_a_photo_that_is_hidden_follows_all_the_same(evening):
    ids = {f"{n}.jpg": evening.shelf.add(f"{n}.jpg", "a dog") for n in range(5)}
    playlist = evening.playlist(ALL)

    async def play():
        seen = await names(playlist, 3)
        evening.shelf.catalog.hiding.hide(ids[seen[1]], 5.0)
        with anyio.fail_after(20):
            await playlist.changed()
        return seen, await names(playlist, 3)

    seen, then = during(playlist, play)
    assert then[0] == seen[2]
    assert {*then, *seen} == ids.keys()


def test_films_whose_names_are_no_text_are_reported(evening):
    evening.film("good.mp4")
    odd = os.path.join(os.fsencode(evening.films), b"caf\xe9\n.mp4")
    with open(odd, "wb") as file:
        file.write(b"film")
    playlist = evening.playlist({"films": {"films": str(evening.films)}})

    async def play():
        seen = await names(playlist, 2)
        await soon(lambda: evening.board.notices)
        return seen

    assert during(playlist, play) == ["good.mp4"] * 2
    assert evening.board.notices == (
        "films: expected names that are text, got caf\ufffd\ufffd.mp4; rename them to see them",
    )


def test_a_film_that_is_still_being_copied_waits(evening):
    film = evening.film("a.mp4")
    os.utime(film)
    playlist = evening.playlist({"films": {"films": str(evening.films)}})

    async def play():
        assert await playlist.next() is None
        os.utime(film, (1e9, 1e9))
        with anyio.fail_after(20):
            await playlist.changed()
        return await playlist.next()

    assert during(playlist, play).name == "a.mp4"


def test_a_folder_of_films_that_is_gone_is_reported_and_photos_play(evening):
    evening.shelf.add("a.jpg", "a dog")
    gone = {"mixed": {"photos": "all", "films": str(evening.folder / "none"), "photos_between": 1}}
    playlist = evening.playlist(gone)

    async def play():
        seen = await names(playlist, 3)
        await soon(lambda: evening.board.notices)
        return seen

    assert during(playlist, play) == ["a.jpg"] * 3
    (told,) = evening.board.notices
    assert told.startswith("films: ")
    assert "No such file or directory" in told


def test_a_query_narrows_what_a_programme_plays(evening):
    evening.shelf.add("beach.jpg", "two dogs at the beach")
    evening.shelf.add("snow.jpg", "a dog in the snow")
    evening.shelf.add("cat.jpg", "a cat at the beach")
    playlist = evening.playlist({"dogs": {"photos": "all", "query": "dogs at the beach"}})
    assert during(playlist, lambda: names(playlist, 3)) == ["beach.jpg"] * 3
    assert playlist.plays == Plays("dogs", photos=1)


def test_a_new_photo_that_a_query_finds_is_next_and_any_other_is_not(evening):
    evening.dogs(3)
    playlist = evening.playlist({"dogs": {"photos": "all", "query": "dog"}})

    async def play():
        await playlist.next()
        evening.shelf.add("cat.jpg", "a cat")
        evening.shelf.add("new.jpg", "a brown dog")
        await soon(lambda: playlist.plays.photos == 4)
        return await names(playlist, 6)

    seen = during(playlist, play)
    assert seen[0] == "new.jpg"
    assert "cat.jpg" not in seen


def test_somebody_asks_for_a_query_and_for_the_programme_again(evening):
    evening.shelf.add("cat.jpg", "a cat")
    evening.shelf.add("dog.jpg", "a dog")
    evening.shelf.add("other.jpg", "a lake")
    playlist = evening.playlist({"cats": {"photos": "all", "query": "cat"}})

    async def play():
        assert await names(playlist, 2) == ["cat.jpg"] * 2
        plays = await playlist.play("  dog  ")
        assert plays == Plays(query="dog", photos=1)
        with anyio.fail_after(20):
            await playlist.changed()
        assert await names(playlist, 2) == ["dog.jpg"] * 2
        with pytest.raises(PhotoError, match='no photo is found by "giraffe"'):
            await playlist.play("giraffe")
        with pytest.raises(PhotoError, match="no photo is found"):
            await playlist.play("?!")  # no words: that is not all photos
        assert await names(playlist, 1) == ["dog.jpg"]
        assert await playlist.play("") == Plays("cats", photos=1)
        with anyio.fail_after(20):
            await playlist.changed()
        assert await names(playlist, 2) == ["cat.jpg"] * 2

    during(playlist, play)


def test_the_hours_change_the_programme_and_end_what_somebody_asked_for(evening):
    evening.shelf.add("cat.jpg", "a cat")
    evening.shelf.add("dog.jpg", "a dog")
    playlist = evening.playlist(
        {"day": {"photos": "all", "query": "cat"}, "night": {"photos": "all", "query": "dog"}},
        times={"20:00-02:00": "night"},
    )

    async def play():
        assert await names(playlist, 1) == ["cat.jpg"]
        await playlist.play("cat")
        await playlist.changed()
        evening.now = datetime.datetime(2026, 11, 21, 20)
        with anyio.fail_after(20):
            await playlist.changed()
        assert playlist.plays.programme == "night"
        assert await names(playlist, 1) == ["dog.jpg"]
        evening.now = None
        with anyio.fail_after(20):
            await playlist.changed()
        assert playlist.plays.programme == "day"

    during(playlist, play)


def test_newest_first_and_new_ones_before_them_once(evening):
    for year in (2019, 2021, 2020):
        evening.shelf.add(f"{year}.jpg", "a dog", taken_at=f"{year}-07-04T12:00:00")
    playlist = evening.playlist({"newest": {"photos": "newest"}})

    async def play():
        first = await names(playlist, 1)
        evening.shelf.add("2026.jpg", "a dog", taken_at="2026-07-04T12:00:00")
        evening.shelf.add("1999.jpg", "a dog", taken_at="1999-07-04T12:00:00")
        await soon(lambda: playlist.plays.photos == 5)
        return first + await names(playlist, 9)

    lap = ["2026.jpg", "2021.jpg", "2020.jpg", "2019.jpg", "1999.jpg"]
    assert during(playlist, play) == [
        *("2021.jpg", "2026.jpg", "1999.jpg", "2020.jpg", "2019.jpg"),
        *lap,
    ]


def test_favourites_have_four_stars_or_more(evening):
    with evening.at_once():
        for stars in (None, 3, 4, 5):
            evening.shelf.add(f"{stars}.jpg", "a dog", rating=stars)
    playlist = evening.playlist({"best": {"photos": "favourites"}})
    assert set(during(playlist, lambda: names(playlist, 6))) == {"4.jpg", "5.jpg"}


def test_on_this_day_plays_other_years_and_wider_around_where_there_are_few(evening):
    with evening.at_once():
        for number in range(12):
            evening.shelf.add(
                f"day{number}.jpg", "a dog", taken_at=f"{2010 + number}-11-21T09:00:00"
            )
    evening.shelf.add("today.jpg", "a dog", taken_at="2026-11-21T09:00:00")
    evening.shelf.add("near.jpg", "a cat", taken_at="2020-11-24T09:00:00")
    evening.shelf.add("summer.jpg", "a cat", taken_at="2020-07-04T09:00:00")
    evening.shelf.add("never.jpg", "a cat")
    playlist = evening.playlist({"then": {"photos": "on this day"}})
    there = {f"day{number}.jpg" for number in range(12)}

    async def play():
        assert set(await names(playlist, 12)) == there
        evening.now = datetime.datetime(2026, 11, 24, 12)
        await soon(lambda: playlist.plays.photos == 13)
        assert set(await names(playlist, 13)) == there | {"near.jpg"}

    during(playlist, play)


def test_the_date_of_a_file_is_no_day_to_remember(evening):
    with evening.at_once():
        for year in range(2001, 2013):
            evening.shelf.add(f"{year}.jpg", "a dog", taken_at=f"{year}-01-01T00:00:00")
    evening.shelf.add("file.jpg", "a dog")
    playlist = evening.playlist({"then": {"photos": "on this day"}})
    evening.now = datetime.datetime(2026, 1, 1, 12)
    first = evening.shelf.catalog.read.photos([13])[0]
    assert (first.files[0].path, first.file_date[:10]) == (b"file.jpg", "1970-01-01")
    assert "file.jpg" not in during(playlist, lambda: names(playlist, 13))


def test_on_a_day_like_no_other_all_photos_play(evening):
    evening.shelf.add("today.jpg", "a dog", taken_at="2026-11-21T09:00:00")
    playlist = evening.playlist({"then": {"photos": "on this day"}})
    assert during(playlist, playlist.next).name == "today.jpg"


def test_of_lookalikes_the_best_is_shown_alone_and_of_a_query_the_best_that_it_finds(evening):
    evening.shelf.add("blurred.jpg", "a red dog", likeness=0.0, rating=1)
    evening.shelf.add("best.jpg", "a dog", likeness=0.001, rating=5)
    evening.shelf.add("other.jpg", "a cat", likeness=2.0)
    evening.shelf.group()
    everything, red = (
        evening.playlist(ALL),
        evening.playlist({"red": {"photos": "all", "query": "red"}}),
    )
    assert set(during(everything, lambda: names(everything, 6))) == {"best.jpg", "other.jpg"}
    assert set(during(red, lambda: names(red, 2))) == {"blurred.jpg"}


def test_where_the_best_of_lookalikes_cannot_be_shown_the_next_best_is(evening):
    broken = b"\xff\xd8\xff\xe0 no picture"
    evening.shelf.add("best.jpg", "a dog", broken, likeness=0.0, rating=5)
    evening.shelf.add("second.jpg", "a dog", likeness=0.001, rating=4)
    evening.shelf.add("third.jpg", "a dog", likeness=0.002, rating=3)
    evening.shelf.group()
    playlist = evening.playlist(ALL)
    assert set(during(playlist, lambda: names(playlist, 3))) == {"second.jpg"}


def test_a_photo_that_cannot_be_decoded_is_passed_over_and_reported_and_a_copy_serves(evening):
    evening.shelf.add("bad.jpg", "a dog", b"\xff\xd8\xff\xe0 no picture")
    evening.shelf.add("good.jpg", "a dog")
    playlist = evening.playlist(ALL)

    async def play():
        seen = await names(playlist, 4)
        await soon(lambda: evening.board.notices)
        return seen

    assert during(playlist, play) == ["good.jpg"] * 4
    (told,) = evening.board.notices
    assert told.startswith("works passed over, since they cannot be played: bad.jpg: ")
    assert evening.rendered.count("bad.jpg") == 1


def test_a_disk_that_is_away_leaves_the_films_and_else_the_last_photos_on(evening):
    evening.dogs(8)
    playlist = evening.playlist(ALL)

    async def play():
        before = await names(playlist, 3)
        evening.unmounted = True
        during_it = await names(playlist, 6)
        await soon(lambda: evening.board.notices)
        told = evening.board.notices
        evening.unmounted = False
        await until(playlist, lambda work: work.name not in before)
        await soon(lambda: not evening.board.notices)
        return before, during_it, told

    before, during_it, told = during(playlist, play)
    assert set(during_it) == set(before)
    assert all(one != other for one, other in itertools.pairwise(during_it))
    (sentence,) = told
    assert "photos for the screen cannot be made now: " in sentence
    assert evening.board.notices == ()


def test_while_photos_are_away_films_play(evening):
    evening.shelf.add("a.jpg", "a dog")
    evening.film("a.mp4")
    mixed = {"mixed": {"photos": "all", "films": str(evening.films), "photos_between": 1}}
    evening.unmounted = True
    playlist = evening.playlist(mixed)
    assert during(playlist, lambda: names(playlist, 3)) == ["a.mp4"] * 3


def test_an_empty_show_tells_of_its_first_photo(evening):
    playlist = evening.playlist(ALL)

    async def play():
        assert await playlist.next() is None
        evening.shelf.add("a.jpg", "a dog")
        with anyio.fail_after(20):
            await playlist.changed()
            while (work := await playlist.next()) is None:
                await playlist.changed()
        return work

    assert during(playlist, play).name == "a.jpg"


def test_a_film_that_followed_itself_is_followed_by_the_first_photo_and_by_a_second_film(evening):
    evening.film("a.mp4")
    mixed = {"mixed": {"photos": "all", "films": str(evening.films), "photos_between": 1}}
    playlist = evening.playlist(mixed)

    async def play():
        assert await names(playlist, 2) == ["a.mp4"] * 2
        evening.shelf.add("a.jpg", "a dog")
        with anyio.fail_after(20):
            await playlist.changed()
        assert await names(playlist, 2) == ["a.jpg", "a.mp4"]
        evening.film("b.mp4")
        evening.shelf.add("b.jpg", "a cat")  # what changes the collection has the folder looked at
        with anyio.fail_after(20):
            await playlist.changed()
        return await names(playlist, 2)

    assert "b.mp4" in during(playlist, play)


def test_without_a_programme_nothing_plays_but_what_somebody_asks_for(evening):
    evening.shelf.add("a.jpg", "a dog")
    playlist = evening.playlist({})

    async def play():
        assert await playlist.next() is None
        assert (await playlist.play("dog")).photos == 1
        return await playlist.next()

    assert during(playlist, play).name == "a.jpg"


def test_an_index_that_is_filled_anew_takes_nothing_off_the_screen(evening):
    evening.dogs(3)
    playlist = evening.playlist({"dogs": {"photos": "all", "query": "dog"}})

    async def play():
        await playlist.next()
        evening.shelf.index.clear()
        evening.shelf.add("cat.jpg", "a cat")
        await anyio.sleep(0.3)
        return await names(playlist, 3)

    assert set(during(playlist, play)) <= {f"{number}.jpg" for number in range(3)}


def test_a_missing_catalog_is_reported_and_comes_back(evening, tmp_path):
    evening.shelf.add("a.jpg", "a dog")
    catalog = tmp_path / "catalog.sqlite3"
    playlist = evening.playlist(ALL)

    async def play():
        catalog.rename(tmp_path / "away")
        assert await playlist.next() is None
        await soon(lambda: evening.board.notices)
        (told,) = evening.board.notices
        assert told.startswith("catalog.sqlite3: not there yet")
        (tmp_path / "away").rename(catalog)
        with anyio.fail_after(20):
            while (work := await playlist.next()) is None:
                await playlist.changed()
        return work

    assert during(playlist, play).name == "a.jpg"


def test_another_screen_gets_pictures_of_its_own_size_and_few_are_kept(evening):
    evening.dogs(20)
    evening.size = (160, 90)
    pictures = evening.folder / "pictures"
    pictures.mkdir()
    (pictures / "grab.jpg").write_bytes(b"another part's")
    playlist = evening.playlist(ALL)

    async def play():
        await names(playlist, 19)
        evening.size = (80, 80)
        return await playlist.next()

    work = during(playlist, play)
    assert Image.open(work.path).size == (80, 60)
    assert len(list(pictures.iterdir())) == KEPT + 1


@pytest.mark.parametrize("path", [b"caf\xe9.jpg", b"caf\n.jpg"])
def test_a_photo_whose_name_is_no_text_is_called_by_what_can_be_read_and_its_number(evening, path):
    photo = evening.shelf.add(os.fsdecode(path), "a dog")
    playlist = evening.playlist(ALL)

    async def play():
        work = await playlist.next()
        return work.name, await evening_again().resume(work.name)

    def evening_again():
        return evening.playlist(ALL)

    name, resumed = during(playlist, play)
    assert name == f"caf\ufffd.jpg (photo {photo})"
    assert resumed.name == name


def test_a_photo_may_be_called_as_if_it_were_a_number(evening):
    for name in ("a.jpg", "b (photo 1)"):
        evening.shelf.add(name, "a dog")
    playlist = evening.playlist(ALL)
    assert during(playlist, lambda: playlist.resume("b (photo 1)")).name == "b (photo 1)"


def test_a_question_that_is_given_up_costs_no_photo_its_turn(evening):
    there = evening.dogs(4)
    playlist = evening.playlist(ALL)

    async def play():
        evening.slow_s = 5.0
        for _ in range(3):
            with anyio.move_on_after(0.05):
                await playlist.next()
        evening.slow_s = 0.0
        return await names(playlist, 4)

    assert set(during(playlist, play)) == there


def test_a_film_that_follows_itself_is_void_once_another_is_there(evening):
    evening.film("a.mp4")
    playlist = evening.playlist({"films": {"films": str(evening.films)}})

    async def play():
        assert await names(playlist, 2) == ["a.mp4"] * 2
        await soon(lambda: playlist.plays.films == 1)
        evening.film("b.mp4")
        with anyio.fail_after(20):
            await playlist.changed()
        assert await names(playlist, 2) == ["b.mp4", "a.mp4"]

    during(playlist, play)
    assert playlist.plays.films == 2
