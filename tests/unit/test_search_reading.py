"""What a query with typing errors was taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.model import Caption, Metadata, PhotoId, Tag
from lantern.search.document import all_words, document
from lantern.search.highlight import Marker
from lantern.search.query import parse
from lantern.search.reading import LOOKED_AT, read_as
from lantern.search.words import words

SNOW = words("a white dog runs through the snow")
CAKE = words("a birthday cake on a table")
BEACH = words("people on a beach beside a bench")


@pytest.mark.parametrize(
    ("typed", "photos", "read"),
    [
        ("whte dog ", [SNOW], "white dog"),
        ("dog in the snwo ", [SNOW], "dog in the snow"),
        ("snwo", [SNOW], "snow"),
        ("brithd", [CAKE], "birthday"),
        ("birtdhay tabel ", [CAKE], "birthday table"),
        ("BIRTDHAY café ", [[*CAKE, "cafe"]], "birthday cafe"),
        ("tablr year:2019 ", [CAKE], "table"),
        ("whitee whitee dog ", [SNOW], "white white dog"),
        ("birthdai cake", [CAKE], "birthday cake"),
        ("whtie dgo ", [SNOW], "white dog"),
    ],
)
def test_words_with_errors_are_read_as_those_that_they_found(
    typed: str, photos: list[list[str]], read: str
) -> None:
    assert read_as(parse(typed), photos) == read


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("white dog ", "as typed"),
        ("dogs running ", "other forms"),
        ("whi", "a beginning"),
        ("the ", "a stop word alone"),
        ("", "nothing"),
        ("whte zebra ", "one word is near to none"),
        ("dag ", "too short for errors but a swap"),
        ("2018", "a number"),
    ],
)
def test_nothing_is_told_where_there_is_nothing_to_tell(typed: str, why: str) -> None:
    assert read_as(parse(typed), [[*SNOW, "2019"]]) == "", why


def test_without_photos_nothing_is_told() -> None:
    assert read_as(parse("snwo "), []) == ""


def test_a_word_that_one_photo_has_as_typed_is_no_error() -> None:
    assert read_as(parse("bench "), [BEACH]) == ""
    assert read_as(parse("beach bensh "), [BEACH]) == "beach bench"


def test_of_words_that_are_as_near_that_of_most_photos_is_meant() -> None:
    beach, bench = words("on the beach"), words("on a bench")
    assert read_as(parse("besch "), [bench, beach, beach]) == "beach"
    assert read_as(parse("benth "), [bench, beach, beach]) == "bench"


def test_an_unfinished_word_is_read_as_the_shortest_that_goes_on_so() -> None:
    photos = [["snowboarder"], ["snowboarder"], ["snowboard"]]
    assert read_as(parse("snwoboa"), photos) == "snowboard"


def test_the_first_photos_alone_are_read() -> None:
    assert read_as(parse("snwo "), [*[CAKE] * LOOKED_AT, SNOW]) == ""


def test_names_tags_cameras_dates_and_a_person_s_words_are_read_too() -> None:
    found = document(
        PhotoId(1),
        caption=Caption("a dog", 0.5, "test 1"),
        tags=[Tag("golden retriever", 0.9)],
        metadata=Metadata(
            4, 3, camera="FUJIFILM X-T3", taken_at="2019-07-04", human_caption="Our café"
        ),
        paths=[b"Grandma/IMG_1.jpg"],
    )
    for typed, read in {
        "goldn retreiver ": "golden retriever",
        "fujiflim": "fujifilm",
        "thrusday": "thursday",
        "garndma": "grandma",
        "cafee ": "cafe",
    }.items():
        assert read_as(parse(typed), [all_words(found)]) == read


@given(st.text(alphabet="snow dghite", max_size=24))
def test_what_was_read_is_found_as_typed(typed: str) -> None:
    read = read_as(parse(typed), [SNOW])
    marker = Marker(parse(read + " "))
    assert all(marker.places(word) for word in read.split() if word not in {"a", "the"})
