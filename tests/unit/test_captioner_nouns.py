"""What a sentence is about, by the committed table of nouns."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "scripts" / "workshop" / "nouns.py"


@pytest.fixture(scope="module")
def nouns():
    spec = importlib.util.spec_from_file_location("nouns", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("sentence", "noun"),
    [
        ("two dogs run through the snow", "dog"),
        ("a group of people on a beach", "person"),
        ("a plate of donuts on a table", "donut"),
        ("a close up of something", None),
    ],
)
def test_the_main_noun_is_the_first_of_the_table(nouns, sentence, noun):
    assert nouns.main_noun(sentence) == noun


def test_any_form_in_any_human_sentence_makes_it_right(nouns):
    assert nouns.is_right("a dog runs", ["A cat.", "Some Dogs in snow"])
    assert not nouns.is_right("a dog runs", ["A cat.", "a hotdog"])
    assert not nouns.is_right("nothing to see", ["nothing to see"])


def test_no_form_belongs_to_two_nouns(nouns):
    lines = [line for line in nouns.TABLE.read_text().splitlines() if not line.startswith("#")]
    forms = [form for line in lines for form in line.split()]
    assert len(forms) == len(set(forms)) == len(nouns.NOUNS)
