from __future__ import annotations

import subprocess
import sys
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.search.highlight import Marker, Piece, pieces
from lantern.search.query import (
    MAX_LIMIT,
    MAX_OFFSET,
    MAX_WORDS,
    Camera,
    DateRange,
    Query,
    Term,
    Without,
    demanded,
    is_wordless,
    left_out,
    parse,
    year,
)


def test_the_last_word_may_go_on_until_a_space_ends_it() -> None:
    assert parse("red ca") == Query(words=("red", "ca"), prefix=True)
    assert parse("red car ") == Query(words=("red", "car"), prefix=False)


def test_nothing_typed_asks_for_everything() -> None:
    assert parse("") == parse("  ") == parse("?!") == Query()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("year:2019", DateRange(date(2019, 1, 1), date(2019, 12, 31))),
        ("from:2019-06", DateRange(date(2019, 6, 1), None)),
        ("to:2020-02", DateRange(None, date(2020, 2, 29))),
        ("from:2019-06-15 to:2019-07", DateRange(date(2019, 6, 15), date(2019, 7, 31))),
        ("TO:2019", DateRange(None, date(2019, 12, 31))),
    ],
)
def test_date_filters_are_read_in_any_precision(text: str, wanted: DateRange) -> None:
    query = parse(f"dog {text} snow")
    assert query.filters == (wanted,)
    assert query.words == ("dog", "snow")


@pytest.mark.parametrize("text", ["year:20", "from:", "to:2019-13", "from:2019-02-30", "year:0000"])
def test_a_date_filter_that_is_not_finished_filters_nothing(text: str) -> None:
    assert parse(f"dog {text}") == Query(words=("dog",), prefix=False)


@pytest.mark.parametrize(
    ("text", "words", "without"),
    [
        ("dog -people", ("dog",), ["people"]),
        ("-people", (), ["people"]),
        ("-Café dog -snow", ("dog",), ["cafe", "snow"]),
        ("dog -t-shirt", ("dog",), ["shirt"]),
        ("dog -the", ("dog",), ["the"]),
        ("dog -猫犬", ("dog",), ["猫", "犬"]),
        ("-year:2019", (), ["year", "2019"]),
        ("t-shirt", ("t", "shirt"), []),
        ("dog - people", ("dog", "people"), []),
        ("dog -", ("dog",), []),
        ("dog --", ("dog",), []),
    ],
)
def test_a_word_right_behind_a_minus_is_left_out(
    text: str, words: tuple[str, ...], without: list[str]
) -> None:
    query = parse(text)
    assert query.words == words
    assert query.filters == tuple(map(Without, without))
    assert not is_wordless(text)


def test_a_word_before_what_is_left_out_is_whole_and_one_behind_it_may_go_on() -> None:
    assert demanded(parse("do -people")) == (Term("do", False),)
    assert demanded(parse("-people do")) == (Term("do", True),)


def test_words_are_left_out_beside_other_filters_each_once() -> None:
    query = parse("-a -people year:2019 -people", filters=[Camera("X")])
    assert query.filters[:2] == (Camera("X"), year(2019))
    assert left_out(query) == ("a", "people")


def test_filters_given_and_typed_hold_together() -> None:
    assert parse("year:2019", filters=[Camera("X")]).filters == (Camera("X"), year(2019))


def test_page_and_length_are_brought_into_their_ranges() -> None:
    low, high = parse("a", offset=-5, limit=-1), parse("a", offset=10**9, limit=10**9)
    assert (low.offset, low.limit) == (0, 0)
    assert (high.offset, high.limit) == (MAX_OFFSET, MAX_LIMIT)


@given(st.text() | st.text(alphabet="year:fomt2019- -\x00\u202e", max_size=60))
def test_no_text_makes_parsing_fail(text: str) -> None:
    query = parse(text)
    assert len(query.words) <= MAX_WORDS
    assert len(left_out(query)) <= MAX_WORDS
    assert all(word and not word.isspace() for word in query.words)


def test_long_text_is_cut() -> None:
    assert parse("ab " * 10_000).words == ("ab",) * MAX_WORDS


def test_stop_words_are_not_demanded_beside_others() -> None:
    assert demanded(parse("the dog in the snow")) == (Term("dog", False), Term("snow", True))
    assert demanded(parse("dog in")) == (Term("dog", False),)
    assert demanded(parse("in the")) == (Term("in", False), Term("the", True))


def marked(text: str, typed: str, *, forgiving: bool = False) -> list[str]:
    return [p.text for p in pieces(text, parse(typed), forgiving=forgiving) if p.matched]


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("A dog, a cat.", "dog ", ["dog"]),
        ("two dogs run", "dog ", ["dogs"]),
        ("the boardwalk", "board", ["boardwalk"]),
        ("the boardwalk", "board ", []),
        ("Our Café!", "cafe", ["Café"]),
        ("Cafe\u0301 noir", "cafe ", ["Cafe\u0301"]),
        ("a dog in the snow", "in the snow", ["snow"]),
        ("on 2019-07-04", "2019-07", ["2019-07-04"]),
        ("<b>dog</b>", "dog", ["dog"]),
        ("dog", "", []),
    ],
)
def test_the_words_that_match_are_marked(text: str, typed: str, found: list[str]) -> None:
    assert marked(text, typed) == found


def test_typos_are_marked_only_where_forgiven_and_nothing_better_stands() -> None:
    assert marked("a dog in snow", "snwo ") == []
    assert marked("a dog in snow", "snwo ", forgiving=True) == ["snow"]
    assert marked("a bench on a beach", "beach ", forgiving=True) == ["beach"]


def test_pieces_alternate() -> None:
    assert pieces("a dog runs", parse("dog ")) == [
        Piece("a ", matched=False),
        Piece("dog", matched=True),
        Piece(" runs", matched=False),
    ]


@given(st.text(), st.text(), st.booleans())
def test_pieces_make_the_whole_text_again(text: str, typed: str, forgiving: bool) -> None:
    query = parse(typed)
    assert "".join(piece.text for piece in pieces(text, query, forgiving=forgiving)) == text
    places = Marker(query, forgiving=forgiving).places(text)
    assert all(one[1] <= two[0] for one, two in pairwise(places))


@given(
    st.lists(st.sampled_from(["dog", "Dogs", "dog-dog", "snow", "a", "2019-07", "x_y", "x" * 45])),
    st.sampled_from(["dog", "do", "dog snwo ", "x", "a ", "2019 snow", "x" * 50]),
    st.booleans(),
)
def test_plain_texts_are_marked_as_any_others_are(
    some: list[str], typed: str, forgiving: bool
) -> None:
    text = " ".join(some)
    marker = Marker(parse(typed), forgiving=forgiving)
    as_any = marker.places(f"{text} \u00df")  # one letter that is not ASCII, and it is not plain
    assert marker.places(text) == as_any


def test_reading_a_query_does_not_load_the_engine() -> None:
    loaded = "import sys, lantern.search.query, lantern.search.highlight; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", loaded], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "lantern.search.query" in printed
    assert "tantivy" not in printed


@given(
    st.lists(st.text(alphabet="dogs cat2\u00e9-019_\n'", max_size=12), max_size=5),
    st.sampled_from(["dog", "dogs ", "do", "cat dog", "dog ca", "2", "2019-01", "", "é", "the"]),
    st.booleans(),
)
def test_texts_looked_at_together_are_marked_as_one_by_one(
    texts: list[str], typed: str, forgiving: bool
) -> None:
    marker = Marker(parse(typed), forgiving=forgiving)
    assert marker.places_in_each(texts) == [marker.places(text) for text in texts]


@pytest.mark.parametrize("text", ["?!", "🐶", " - ", "_", "'"])
def test_signs_alone_ask_for_something_that_is_no_word(text: str) -> None:
    assert is_wordless(text)
    assert parse(text).words == ()


@pytest.mark.parametrize("text", ["", "  ", "a", "dog?", "year:20", "year:2019 ?", "猫", "½"])
def test_words_dates_and_nothing_at_all_are_not_wordless(text: str) -> None:
    assert not is_wordless(text)
