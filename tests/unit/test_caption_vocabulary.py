"""Words, their numbers, and what counts as a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.caption.vocabulary import SPECIAL, UNKNOWN, Vocabulary, tokenize

WORDS = Vocabulary((*SPECIAL, "a", "dog", "runs"))


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("A tri-colored dog .", ["a", "tri", "colored", "dog"]),
        ("The boy's hat, blue", ["the", "boy's", "hat", "blue"]),
        ("'quoted' text", ["quoted", "text"]),
        ("", []),
    ],
)
def test_sentences_are_cut_into_lower_case_words(sentence, words):
    assert tokenize(sentence) == words


def test_words_become_numbers_and_a_sentence_again():
    numbers = WORDS.numbers(["a", "dog", "runs"])
    assert WORDS.sentence(numbers) == "a dog runs"


def test_a_word_outside_the_table_is_unknown():
    assert WORDS.numbers(["zebra"]) == [UNKNOWN]


def test_the_table_survives_writing_and_reading():
    assert Vocabulary.from_text(WORDS.to_text()) == WORDS


@pytest.mark.parametrize("table", ["a\ndog\n", "\n".join((*SPECIAL, "dog", "dog"))])
def test_a_table_without_special_words_or_with_a_word_twice_is_refused(table):
    with pytest.raises(ValueError, match=r"^vocabulary: expected"):
        Vocabulary.from_text(table)


@given(st.text())
def test_cutting_a_sentence_again_changes_nothing(sentence):
    words = tokenize(sentence)
    assert tokenize(" ".join(words)) == words
