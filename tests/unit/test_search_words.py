from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.search.inflection import forms
from lantern.search.typo import edits_allowed, errors_between, near_among, swapped
from lantern.search.words import MAX_WORD, fold, name_words, spans, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A dog's Café!", ["a", "dog", "s", "cafe"]),
        ("Straße Łódź Smørrebrød Æon", ["strasse", "lodz", "smorrebrod", "aeon"]),
        ("IMG_0042.JPG", ["img", "0042", "jpg"]),
        ("on 2019-07-04, 2019-07", ["on", "20190704", "201907"]),
        ("12345-67-89", ["12345", "67", "89"]),
        ("雪山 hike", ["雪", "山", "hike"]),
        ("\u202edog\u202c so\u00adft \u200bzero", ["dog", "soft", "zero"]),
        ("x" * 100, ["x" * MAX_WORD]),
        ("\x00 ... —", []),
    ],
)
def test_text_is_cut_into_folded_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_names_give_their_words_whole_and_in_parts() -> None:
    assert name_words("MyDog2 at NYCTrip") == [
        *("mydog2", "at", "nyctrip", "my", "dog2", "nyc", "trip", "dog", "2")
    ]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


@given(st.text())
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(st.text())
def test_every_word_is_found_again_at_its_place(text: str) -> None:
    there = list(spans(text))
    assert [span.word for span in there] == words(text)
    for span in there:
        assert 0 <= span.start < span.end <= len(text)
        assert span.word in fold(text[span.start : span.end]).replace("-", "")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("dogs", "dog"),
        ("dog", "dogs"),
        ("boxes", "box"),
        ("beaches", "beach"),
        ("puppies", "puppy"),
        ("puppy", "puppies"),
        ("horses", "horse"),
        ("women", "woman"),
        ("child", "children"),
        ("running", "runs"),
        ("ride", "riding"),
        ("riding", "rides"),
        ("jumped", "jumping"),
        ("swimming", "swims"),
        ("sat", "sitting"),
    ],
)
def test_a_word_finds_its_other_forms(typed: str, written: str) -> None:
    assert written in forms(typed)


@pytest.mark.parametrize(
    ("typed", "written"), [("grass", "gras"), ("bus", "bu"), ("king", "k"), ("red", "r")]
)
def test_no_ending_is_cut_off_where_there_is_none(typed: str, written: str) -> None:
    assert written not in forms(typed)


@given(st.text(alphabet="dogs-_ \x1c\x00A2019.\n", max_size=60))
def test_plain_texts_are_cut_as_any_others_are(text: str) -> None:
    as_any = words(f"{text} \u00df")[:-1]  # one letter that is not ASCII, and it is not plain
    assert words(text) == as_any
    assert [span.word for span in spans(text)] == as_any
    assert all(text[s.start : s.end].replace("-", "").lower() == s.word for s in spans(text))


@given(st.text(max_size=12))
def test_no_word_is_among_its_other_forms(word: str) -> None:
    assert word not in forms(word)


@pytest.mark.parametrize(
    ("word", "edits"),
    [("cat", 0), ("snow", 1), ("snowed", 1), ("kitchen", 2), ("elephant", 2), ("2019", 0)],
)
def test_longer_words_may_hold_more_typos(word: str, edits: int) -> None:
    assert edits_allowed(word) == edits


def near(word: str, other: str, edits: int, *, prefix: bool = False) -> bool:
    return near_among(word, [other], edits, prefix=prefix) == [other]


@pytest.mark.parametrize(
    ("typed", "written", "edits"),
    [
        ("snow", "snow", 0),
        ("snwo", "snow", 1),
        ("sow", "snow", 1),
        ("snoow", "snow", 1),
        ("snaw", "snow", 1),
        ("elehpnat", "elephant", 2),
        ("cat", "dog", 3),
    ],
)
def test_typos_are_counted_with_a_swap_as_one(typed: str, written: str, edits: int) -> None:
    assert near(typed, written, edits)
    assert not near(typed, written, edits - 1)


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("dgo", {"gdo", "dog"}),
        ("see", {"ese"}),
        ("eee", set()),
        ("do", set()),
        ("dogs", set()),
        ("d2o", set()),
    ],
)
def test_in_a_word_of_three_letters_neighbours_may_be_swapped(typed: str, others: set[str]) -> None:
    assert set(swapped(typed)) == others


def test_a_beginning_may_hold_typos() -> None:
    assert near("snwob", "snowboard", 1, prefix=True)
    assert not near("snwob", "snowboard", 1)


LETTERS = st.text(alphabet="abc", max_size=6)


@given(LETTERS, LETTERS)
def test_nearness_is_symmetric(one: str, two: str) -> None:
    assert near(one, two, 1) == near(two, one, 1)


@given(LETTERS, LETTERS)
def test_what_goes_on_is_near_as_a_beginning(one: str, more: str) -> None:
    assert near(one, one + more, 0, prefix=True)


def errors_by_the_table(word: str, other: str) -> int:
    """Return the errors by the definition: optimal string alignment."""
    table = {(i, 0): i for i in range(len(word) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i in range(1, len(word) + 1):
        for j in range(1, len(other) + 1):
            differs = word[i - 1] != other[j - 1]
            ways = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + differs]
            if i > 1 and j > 1 and word[i - 2 : i] == other[j - 2 : j][::-1]:
                ways.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(ways)
    return table[len(word), len(other)]


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abcd", max_size=9))
def test_errors_are_those_of_the_definition_for_each_beginning(word: str, other: str) -> None:
    beginnings = [other[:end] for end in range(len(other) + 1)]
    assert errors_between(word, other) == [errors_by_the_table(word, each) for each in beginnings]


def test_errors_in_the_longest_word_are_counted() -> None:
    word = "x" * MAX_WORD
    assert errors_between(word, word + "y")[-2:] == [0, 1]
