"""CIDEr-D of sentences as numbers, against values worked out by hand."""

import importlib.util
import math
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "scripts" / "workshop" / "reward.py"

A, DOG, CAT, RUNS, SITS, END = 5, 6, 7, 8, 9, 2


@pytest.fixture(scope="module")
def judge():
    spec = importlib.util.spec_from_file_location("reward", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CiderD({"dog": [[A, DOG, RUNS, END]], "cat": [[A, CAT, SITS, END]]})


def test_the_reference_itself_scores_ten(judge):
    assert judge.score("dog", [A, DOG, RUNS, END]) == pytest.approx(10)


def test_a_sentence_about_another_photo_scores_nothing_for_words_all_photos_have(judge):
    assert judge.score("dog", [A, CAT, SITS, END]) == pytest.approx(0)


def test_only_the_words_that_tell_photos_apart_count(judge):
    """Unigrams: "dog" is one of two rare words here, "a" and the end are worth nothing."""
    rare = math.log(2)
    unigrams = rare * rare / (rare * math.sqrt(2) * rare)
    length = math.exp(-((2 - 4) ** 2) / (2 * 6.0**2))
    bigrams = rare * rare / (rare * math.sqrt(3) * rare)
    expected = 10 * length * (unigrams + bigrams) / 4
    assert judge.score("dog", [A, DOG]) == pytest.approx(expected)


def test_repeating_a_word_does_not_pay(judge):
    once = judge.score("dog", [A, DOG, END])
    assert judge.score("dog", [A, DOG, DOG, DOG, END]) < once


def test_an_empty_sentence_scores_nothing(judge):
    assert judge.score("dog", []) == 0
