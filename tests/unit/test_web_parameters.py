"""The query string of a search: what it may hold, and what is said of what it may not."""

import pytest

from lantern.web.library import Filters
from lantern.web.parameters import BadParameter, Request, pairs, parse


def test_nothing_asked_means_everything_from_the_beginning():
    assert parse([], strict=True) == Request(text="", filters=Filters(), offset=0, limit=60)


def test_every_parameter_reaches_its_field():
    given = [
        ("q", "  dog \t in\n snow "),
        ("year", "2019"),
        ("from", "2019-01-31"),
        ("to", "2019-02-01"),
        ("camera", "Pixel 7"),
        ("offset", "120"),
        ("limit", "30"),
    ]
    expected = Filters(year=2019, since="2019-01-31", until="2019-02-01", camera="Pixel 7")
    assert parse(given, strict=True) == Request("dog in snow", expected, 120, 30)


def test_the_empty_fields_of_a_plain_form_count_as_absent():
    given = [("q", ""), ("year", ""), ("camera", "")]
    assert parse(given, strict=True) == Request()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("year", "0"),
        ("year", "10000"),
        ("year", "twenty"),
        ("year", "-1"),
        ("year", "+2019"),
        ("year", "2_019"),
        ("year", "２０１９"),
        ("year", "2019.0"),
        ("year", "9" * 5000),
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


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadParameter, match=r'"to": expected a date not before "from"'):
        parse([("from", "2019-02-01"), ("to", "2019-01-31")], strict=True)


def test_a_parameter_given_twice_is_refused_rather_than_guessed_at():
    with pytest.raises(BadParameter, match='"q": expected one value, got "2 values"'):
        parse([("q", "dog"), ("q", "cat")], strict=True)


def test_an_unknown_name_is_refused_by_the_api_and_passed_over_by_the_page():
    with pytest.raises(BadParameter, match="expected a name out of q, year"):
        parse([("yaer", "2019")], strict=True)
    assert parse([("fbclid", "1"), ("fbclid", "2")], strict=False) == Request()


def test_what_pairs_writes_parse_reads_again():
    wanted = Request("a&b=c #ü", Filters(2019, "2019-01-01", "2019-12-31", "X & Y"))
    assert parse(pairs(wanted), strict=True) == wanted
