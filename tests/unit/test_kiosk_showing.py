"""When a work's time is over, and what outlives a player."""

from __future__ import annotations

from lantern import config
from lantern.kiosk import edl
from lantern.kiosk.heard import Heard
from lantern.kiosk.mpv import Event
from lantern.kiosk.showing import Showing
from lantern.kiosk.stage import Size, scene
from lantern.kiosk.stand import Stand
from lantern.kiosk.wishes import Wishes
from lantern.kiosk.works import Work

HD = Size(1920, 1080)
PHOTO, FILM = Work("photo", "/p.jpg", still=True), Work("film", "/f.mp4", still=False)


def showing(work: Work, *, seamless: bool = False, **settings: float) -> Showing:
    looks = scene(config.Show(**settings), HD, HD, work.name if work.still else None)  # type: ignore[arg-type]
    return Showing(work, 1, looks, 0.0, seamless=seamless)


def test_a_photo_is_over_when_its_fade_is_to_begin():
    one = showing(PHOTO, photo_s=10, fade_s=2)
    one.pass_time(8.9)
    assert not one.is_over
    one.pass_time(0.2)
    assert one.is_over


def test_a_photo_that_stands_still_is_never_over():
    one = showing(PHOTO, photo_s=10)
    one.paused = True
    one.pass_time(100)
    assert not one.is_over
    assert one.position_s == 0
    assert not one.is_moving


def test_who_is_asked_to_go_goes_whatever_its_time():
    one = showing(PHOTO, photo_s=600, fade_s=10)
    one.due = True
    assert one.is_over
    one.leave()
    one.pass_time(0.31)
    assert one.is_gone


def test_a_film_is_over_at_its_end_by_whatever_tells_it():
    one = showing(FILM, fade_s=1)
    assert not one.is_over
    one.length_s, one.position_s = 60.0, 59.6
    assert one.is_over
    one.length_s, one.position_s, one.over = None, 0.0, True
    assert one.is_over


def test_a_film_in_a_loop_is_over_when_it_begins_anew_though_no_picture_was_near_its_end():
    one = showing(FILM)
    one.loops, one.length_s, one.position_s = True, 2.6, 2.0
    assert not one.is_over
    one.position_s = 0.04
    assert one.is_over
    one.position_s = 0.3
    assert not one.is_over


def test_a_seamless_work_is_there_at_once():
    assert showing(FILM, seamless=True).look.veil == 0
    assert showing(FILM, seamless=True).is_steady
    assert showing(FILM).look.veil == 1


def test_a_film_is_looked_at_in_time_for_its_fade():
    one = showing(FILM, fade_s=1)
    one.pass_time(10)
    one.length_s, one.position_s = 60.0, 30.0
    assert one.rest_s(0.03, 0.25) == 0.25
    one.position_s = 59.4
    assert 0.05 < one.rest_s(0.03, 0.25) < 0.11


def test_a_photo_that_moves_or_fades_is_drawn_at_each_tick():
    one = showing(PHOTO, photo_s=10)
    one.pass_time(5)
    assert one.rest_s(0.03, 0.25) == 0.03
    still = showing(PHOTO, zoom=1)
    assert still.rest_s(0.03, 0.25) == 0.03
    still.pass_time(5)
    assert still.rest_s(0.03, 0.25) == 0.25


def test_a_lost_player_leaves_the_work_and_where_it_was():
    stand = Stand()
    one = showing(FILM)
    one.position_s = 12.0
    stand.shows(one)
    assert stand.lost() is None
    assert stand.turn == (FILM, 12.0)


def test_a_work_that_two_players_died_of_is_told_and_has_no_turn():
    stand = Stand()
    for deaths in (0, 1):
        stand.opens(FILM)
        stand.shows(showing(FILM))
        assert stand.lost() == (FILM if deaths else None)
    assert stand.turn is None


def test_a_work_that_played_for_a_while_is_not_suspected():
    stand = Stand()
    for _ in range(5):
        stand.opens(FILM)
        one = showing(FILM)
        one.pass_time(11)
        stand.shows(one)
        assert stand.lost() is None


def test_what_the_player_says_of_its_display_is_kept():
    heard = Heard()
    told = {"prefix": "vo/gpu", "level": "error", "text": "No primary DRM device.\n"}
    assert heard.take(Event("log-message", told))
    assert heard.complaint == "vo/gpu: No primary DRM device."


def test_there_is_a_display_once_it_is_drawn_on_and_has_a_size():
    heard = Heard()
    for name, data in (("osd-width", 1920), ("osd-height", 1080)):
        heard.take(Event("property-change", {"name": name, "data": data}))
        assert heard.display is None
    heard.take(Event("property-change", {"name": "current-vo", "data": "gpu"}))
    assert heard.display == HD
    heard.take(Event("property-change", {"name": "current-vo"}))
    assert heard.display is None


def test_odd_events_change_nothing():
    heard = Heard()
    for event in (
        Event("property-change", {}),
        Event("property-change", {"name": "osd-width", "data": "wide"}),
        Event("start-file", {"playlist_entry_id": None}),
        Event("end-file", {}),
        Event("log-message", {"prefix": 1, "text": 2}),
        Event("tomorrow", {"x": [1]}),
    ):
        heard.take(event)
    assert (heard.entry, heard.running, heard.failed, heard.display) == (None, False, {}, None)


def test_the_volume_is_a_cube_root():
    wishes = Wishes()
    for gain_db, volume in ((0.0, 100.0), (-60.0, 10.0), (-6.0206, 79.37)):
        wishes.gain_db = gain_db
        assert abs(wishes.volume - volume) < 0.01


def test_repetitions_are_named_by_the_length_of_the_path_in_bytes():
    film = Work("ü", "/films/ü;,%\udce9.mp4", still=False)
    assert edl.address(film) == film.path
    assert edl.address(film, 2) == f"edl://%17%{film.path};%17%{film.path}"
    assert edl.laps(edl.address(film, edl.LAPS)) == edl.LAPS
    assert edl.laps(film.path) == 1
