"""How works look: fades, and photos that glide without trembling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern import config
from lantern.kiosk.stage import Look, Scene, Since, Size, fit, motion, scene

sizes = st.builds(Size, st.integers(1, 8000), st.integers(1, 8000))
displays = st.sampled_from([Size(1920, 1080), Size(1024, 768), Size(1080, 1920), Size(1280, 800)])
parts = st.floats(0, 1)
HD = Size(1920, 1080)


def placed(one: Scene, part: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the length by axis, and what mpv leaves before the photo (below 0: what it cuts)."""
    look = one.look(Since(part * one.photo_s, 10.0))
    fitted, lengths, starts = fit(one.picture, one.canvas), [], []
    for scale, align, whole, room in (
        (look.scale[0], look.align[0], fitted.width, one.canvas.width),
        (look.scale[1], look.align[1], fitted.height, one.canvas.height),
    ):
        lengths.append(max(int(whole * scale), 1))
        starts.append(int((room - lengths[-1]) * (align + 1) / 2))
    return (lengths[0], lengths[1]), (starts[0], starts[1])


@given(sizes, displays)
def test_a_fitted_picture_fills_the_display_one_way_and_leaves_it_no_way(picture, canvas):
    fitted = fit(picture, canvas)
    assert fitted.width == canvas.width or fitted.height == canvas.height
    assert fitted.width <= canvas.width
    assert fitted.height <= canvas.height


@given(st.text(max_size=8), sizes, displays, st.floats(1.001, 1.5), st.tuples(parts, parts))
def test_a_photo_only_ever_goes_one_way(name, picture, canvas, zoom, times):
    one = scene(config.Show(zoom=zoom), canvas, picture, name)
    earlier, later = sorted(times)
    grows = motion(name, zoom).end > 1
    for before, after in zip(placed(one, earlier)[0], placed(one, later)[0], strict=True):
        assert before <= after + 1 if grows else after <= before + 1


@given(st.text(max_size=8), sizes, displays, st.floats(1.001, 1.5), parts)
def test_a_photo_that_leaves_bars_stays_exactly_in_the_middle(name, picture, canvas, zoom, part):
    one = scene(config.Show(zoom=zoom), canvas, picture, name)
    lengths, starts = placed(one, part)
    rooms = (canvas.width, canvas.height)
    for length, start, room in zip(lengths, starts, rooms, strict=True):
        if 1 < length < room:
            assert room - length - start == start


@given(st.text(max_size=8), sizes, displays, st.floats(1.001, 1.5), parts)
def test_a_photo_that_covers_the_display_never_bares_its_edge(name, picture, canvas, zoom, part):
    one = scene(config.Show(zoom=zoom), canvas, picture, name)
    lengths, starts = placed(one, part)
    rooms = (canvas.width, canvas.height)
    for length, start, room in zip(lengths, starts, rooms, strict=True):
        if length >= room:
            assert start <= 0
            assert start + length >= room


@given(st.text(max_size=20), st.floats(1.01, 1.5))
def test_a_photo_moves_between_all_of_it_and_the_zoom_and_the_same_way_each_time(name, zoom):
    way = motion(name, zoom)
    assert sorted((way.begin, way.end)) == [1.0, zoom]
    assert way == motion(name, zoom)
    assert way.factor(0.5) == pytest.approx(zoom**0.5)


def test_some_photos_come_nearer_and_some_go_and_each_corner_has_its_turn():
    ways = [motion(f"photo {number}", 1.1) for number in range(400)]
    assert 150 < sum(way.end > way.begin for way in ways) < 250
    assert {way.anchor for way in ways} == {(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)}


def test_where_nothing_is_to_move_a_photo_stands_at_its_fitted_size():
    one = scene(config.Show(zoom=1.0), HD, Size(900, 1200), "a")
    assert one.look(Since(5.0, 5.0)) == Look(words=1.0)
    assert one.rests(Since(5.0, 5.0))


def test_a_work_comes_out_of_black_and_goes_into_it():
    one = scene(config.Show(fade_s=2.0, photo_s=10), HD, HD, None)
    coming = [one.look(Since(0.0, at / 10)).veil for at in range(21)]
    assert coming[0] == 1.0
    assert coming[10:] == [0.0] * 11
    assert coming == sorted(coming, reverse=True)
    going = [one.look(Since(9.0, 9.0, at / 10)).veil for at in range(11)]
    assert going == sorted(going)
    assert (going[0], going[-1]) == (0.0, 1.0)
    assert not one.is_gone(Since(9.0, 9.0, 0.9))
    assert one.is_gone(Since(9.0, 9.0, 1.0))


def test_who_leaves_while_coming_does_not_flash():
    one = scene(config.Show(fade_s=2.0), HD, HD, None)
    assert one.look(Since(0.1, 0.1, 0.0)).veil == one.look(Since(0.1, 0.1)).veil > 0.9


def test_without_a_fade_nothing_is_ever_black():
    one = scene(config.Show(fade_s=0), HD, HD, "a")
    assert one.look(Since(0.0, 0.0)).veil == 0.0
    assert one.is_gone(Since(3.0, 3.0, 0.0))


def test_the_words_come_when_the_picture_is_there():
    one = scene(config.Show(fade_s=1.0), HD, HD, "a")
    assert one.look(Since(0.5, 0.5)).words == 0.0
    assert 0 < one.look(Since(1.3, 1.3)).words < 1
    assert one.look(Since(3.0, 3.0)).words == 1.0
