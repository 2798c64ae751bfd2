"""The query string of a search: what it may hold, and what is said of what it may not."""

import pytest

from lantern.web.library import Filters
from lantern.web.parameters import BadParameter, Request, pairs, parse


def test_nothing_asked_means_everything_from_the_beginning():
    assert parse([], strict=True) == Request(text="", filters=Filters(), offset=0, limit=40)


def test_every_parameter_reaches_its_field():
    given = [
        ("q", "  dog \t in\n snow "),
        ("from", "2019-01-31"),
        ("to", "2019-02"),
        ("camera", "Pixel 7"),
        ("tag", "dog"),
        ("folder", "2019/our  trip"),
        ("rating", "4"),
        ("format", "RAW"),
        ("place", "1"),
        ("person", "1"),
        ("sort", "oldest"),
        ("offset", "120"),
        ("limit", "30"),
    ]
    expected = Filters(
        since="2019-01-31",
        until="2019-02",
        camera="Pixel 7",
        tag="dog",
        folder="2019/our  trip",
        rating=4,
        format="RAW",
        place=True,
        person=True,
    )
    assert parse(given, strict=True) == Request("dog in snow", expected, "oldest", 120, 30)


@pytest.mark.parametrize(
    ("given", "format_"),
    [("jpeg", "JPEG"), ("JPEG", "JPEG"), ("webp", "WebP"), ("Raw", "RAW"), ("bmp", "bmp")],
)
def test_a_format_is_known_in_any_case(given, format_):
    assert parse([("format", given)], strict=True).filters.format == format_


def test_the_empty_fields_of_a_plain_form_count_as_absent():
    given = [("q", ""), ("from", ""), ("camera", ""), ("rating", ""), ("sort", "")]
    assert parse(given, strict=True) == Request()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year", "2019"),
        ("rating", "0"),
        ("rating", "6"),
        ("rating", "five"),
        ("rating", "-1"),
        ("rating", "+3"),
        ("rating", "0_3"),
        ("rating", "３"),
        ("rating", "3.0"),
        ("rating", "9" * 5000),
        ("place", "2"),
        ("person", "yes"),
        ("sort", "best"),
        ("from", "0000"),
        ("from", "2019-13"),
        ("from", "2019-7"),
        ("from", "２０１９"),
        ("from", "2019-02-30"),
        ("from", "2019-W07-1"),
        ("from", "20190704"),
        ("to", "yesterday"),
        ("offset", "-1"),
        ("offset", "100001"),
        ("limit", "0"),
        ("limit", "101"),
        ("q", "dog\0cat"),
        ("camera", "\0"),
        ("q", "x" * 257),
    ],
)
def test_an_unusable_value_is_refused_by_the_name_of_its_parameter(name, value):
    with pytest.raises(BadParameter) as refusal:
        parse([(name, value)], strict=True)
    assert str(refusal.value).startswith(f'parameter "{name}": expected ')
    assert ", got " in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_the_longest_query_allowed_is_256_characters():
    assert parse([("q", "x" * 256)], strict=True).text == "x" * 256


def test_a_name_is_as_long_as_folders_are():
    assert parse([("folder", "x" * 1024)], strict=True).filters.folder == "x" * 1024
    with pytest.raises(BadParameter, match='"folder": expected at most 1024 characters'):
        parse([("folder", "x" * 1025)], strict=True)


def test_a_period_may_be_one_month_or_year_and_both_its_ends_the_same():
    filters = parse([("from", "2019-07"), ("to", "2019")], strict=True).filters
    assert (filters.since, filters.until) == ("2019-07", "2019")
    assert parse([("from", "2019-07-31"), ("to", "2019-07")], strict=True)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadParameter, match=r'"to": expected a date not before "from"'):
        parse([("from", "2019-02-01"), ("to", "2019-01-31")], strict=True)


def test_a_parameter_given_twice_is_refused_rather_than_guessed_at():
    with pytest.raises(BadParameter, match='"q": expected one value, got "2 values"'):
        parse([("q", "dog"), ("q", "cat")], strict=True)


def test_an_unknown_name_is_refused_by_the_api_and_passed_over_by_the_page():
    with pytest.raises(BadParameter, match="expected a name out of q, from"):
        parse([("yaer", "2019")], strict=True)
    assert parse([("fbclid", "1"), ("fbclid", "2")], strict=False) == Request()


def test_what_pairs_writes_parse_reads_again():
    wanted = Request(
        "a&b=c #ü",
        Filters("2019", "2019-12-31", "X & Y", "dog", "a/b", 3, "WebP", True, True, True),
        "newest",
    )
    assert parse(pairs(wanted), strict=True) == wanted
