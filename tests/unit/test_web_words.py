"""A photo's metadata in words."""

import msgspec
import pytest

from lantern.model import Exposure, Fingerprint, Metadata, PhotoId, Place
from lantern.web.library import PhotoView
from lantern.web.words import day, details


def rows(path="a/b.jpg", size=0, **metadata):
    known = Metadata(**{"width": 4032, "height": 3024, **metadata})
    view = PhotoView(PhotoId(1), Fingerprint("0" * 32), path, known, size=size)
    return {row.label: row.parts for row in details(view)}


def said(**view):
    return {label: ", ".join(part.text for part in parts) for label, parts in rows(**view).items()}


def links(**view):
    told = rows(**view).items()
    return {label: [part.link for part in parts if part.link] for label, parts in told}


def test_what_the_file_does_not_tell_is_left_out():
    assert said(path="b.jpg") == {
        "Picture": "12.2 megapixels (4,032 × 3,024)",
        "File": "b.jpg",
    }


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
        (Exposure(1 / 250, 2.8, 200, 50.0), "1/250 s at f/2.8, ISO 200, 50 mm"),
        (Exposure(1 / 3), "1/3 s"),
        (Exposure(0.5, 11.0), "0.5 s at f/11"),
        (Exposure(f_number=11.0), "f/11"),
        (Exposure(30.0), "30 s"),
        (Exposure(iso=3200, focal_length_mm=4.25), "ISO 3200, 4.25 mm"),
    ],
)
def test_the_exposure_is_said_as_photographers_say_it(exposure, words):
    assert said(exposure=exposure)["Exposure"] == words


def test_a_date_that_is_only_the_files_is_said_to_be():
    view = PhotoView(
        PhotoId(1), Fingerprint("0"), "b.jpg", Metadata(4, 3), file_date="2019-07-04T18:30:00"
    )
    (row,) = (row for row in details(view) if row.label in {"Taken", "Dated"})
    told = "Thursday 4 July 2019, 18:30, by its file: the photo tells no date"
    assert (row.label, ", ".join(part.text for part in row.parts)) == ("Dated", told)
    assert row.parts[0].link == "/?from=2019-07-04&to=2019-07-04"


def test_an_exposure_of_zero_as_some_scanners_write_it_is_left_out():
    assert "Exposure" not in said(exposure=Exposure(0.0, 0.0, 0, 0.0))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(52.370216, 4.895168), "52.3702° N, 4.8952° E"),
        (Place(-33.85678, 151.21529, 5.4), "33.8568° S, 151.2153° E, 5 m above the sea"),
        (Place(31.5, 35.5, -430), "31.5000° N, 35.5000° E, 430 m below the sea"),
        (Place(0.0, -0.5), "0.0000° N, 0.5000° W"),
    ],
)
def test_a_place_is_told_by_hemisphere(place, words):
    assert said(place=place)["Place"] == words


def test_what_photos_share_leads_to_the_search_that_finds_them():
    assert links(
        path="2019/rome & naples/b.jpg",
        taken_at="2019-07-04T18:30:00",
        camera="Canon EOS 5D",
        place=Place(-33.85678, 151.21529),
        rating=4,
        keywords=("old town", "gelato"),
    ) == {
        "Taken": ["/?from=2019-07-04&to=2019-07-04"],
        "Camera": ["/?camera=Canon+EOS+5D"],
        "Place": ["geo:-33.856780,151.215290"],
        "Rating": ["/?rating=4"],
        "Keywords": ["/?q=old+town", "/?q=gelato"],
        "Picture": [],
        "File": [],
        "Folder": ["/?folder=2019%2Frome+%26+naples"],
    }


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (999, "999 bytes"),
        (999_600, "1.0 MB"),
        (24_061_952, "24.1 MB"),
        (104_857_600, "105 MB"),
        (3 * 10**12, "3000 GB"),
    ],
)
def test_a_files_size_is_said_as_file_managers_say_it(size, words):
    assert said(size=size)["File"] == f"b.jpg, {words}"


def test_a_row_travels_as_json():
    told = msgspec.json.decode(msgspec.json.encode(rows(camera="X")["Camera"]))
    assert told == [{"text": "X", "link": "/?camera=X"}]


def test_the_day_of_an_unknown_moment_is_empty():
    assert (day(None), day("nonsense"), day("2019-07-04T18:30:00")) == ("", "", "4 July 2019")
