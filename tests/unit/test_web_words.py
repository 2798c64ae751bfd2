"""A photo's metadata in words."""

import pytest

from lantern.model import Exposure, Metadata, Place
from lantern.web.words import day, details


def said(**metadata):
    rows = details(Metadata(**{"width": 4032, "height": 3024, **metadata}), "a/b.jpg")
    return {row.label: row.text for row in rows}


def test_what_the_file_does_not_tell_is_left_out():
    assert said() == {"Size": "4,032 × 3,024 pixels (12.2 megapixels)", "File": "a/b.jpg"}


@pytest.mark.parametrize(
    ("taken_at", "words"),
    [
        ("2019-07-04T18:30:00+02:00", "Thursday 4 July 2019, 18:30 (UTC+02:00)"),
        ("2019-07-04T18:30:00", "Thursday 4 July 2019, 18:30"),
        ("some day", "some day"),
    ],
)
def test_the_moment_is_said_as_people_say_it(taken_at, words):
    assert said(taken_at=taken_at)["Taken"] == words


@pytest.mark.parametrize(
    ("exposure", "words"),
    [
        (Exposure(1 / 250, 2.8, 200, 50.0), "1/250 s, f/2.8, ISO 200, 50 mm"),
        (Exposure(1 / 3), "1/3 s"),
        (Exposure(0.5, 11.0), "0.5 s, f/11"),
        (Exposure(30.0), "30 s"),
        (Exposure(iso=3200, focal_length_mm=4.25), "ISO 3200, 4.25 mm"),
    ],
)
def test_the_exposure_is_said_as_cameras_say_it(exposure, words):
    assert said(exposure=exposure)["Exposure"] == words


def test_an_exposure_of_zero_as_some_scanners_write_it_is_left_out():
    assert "Exposure" not in said(exposure=Exposure(0.0, 0.0, 0, 0.0))


def test_a_place_is_told_by_hemisphere():
    assert said(place=Place(-33.85678, 151.21529, 5.4))["Place"] == "33.85678° S, 151.21529° E, 5 m"
    assert said(place=Place(0.0, -0.5))["Place"] == "0.00000° N, 0.50000° W"


def test_the_day_of_an_unknown_moment_is_empty():
    assert (day(None), day("nonsense"), day("2019-07-04T18:30:00")) == ("", "", "4 July 2019")
