"""What counts as a person's sentence, and which of two is the newer one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.catalog.correction import LONGEST, Correction, Heard, cleaned, hear, may_replace
from lantern.errors import PhotoError
from lantern.imaging import values
from lantern.model import Caption, Description, Features, Imprint

DESCRIPTION = Description(Caption("a dog", 0.5, "m 1"), (), Features(b"\1", 0.1))


def by_person(sentence, replaced=None):
    return Imprint(sentence, True, DESCRIPTION, replaced)


BY_MODEL = Imprint("a dog", False, DESCRIPTION)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Rex,\n\tasleep  on\r\nthe couch ", "Rex, asleep on the couch"),
        ("Grüße aus Köln 🐕", "Grüße aus Köln 🐕"),
        ("x" * LONGEST, "x" * LONGEST),
        (" " * 9000 + "far away", "far away"),
    ],
)
def test_a_sentence_is_kept_as_one_clean_line(given, kept):
    assert cleaned(given) == kept


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "the sentence is empty"),
        (" \n ", "the sentence is empty"),
        ("...", "expected a sentence"),
        ("DSC_0042", "expected a sentence"),  # what cameras write is no person's, once it is read
        ("x" * (LONGEST + 1), "longer than 2,000"),
        ("x " * LONGEST + "y", "longer than 2,000"),
        ("a\0b", r"U\+0000"),
        ("a\x1b[31mb", r"U\+001B"),
        ("not text \udcff", "not valid UTF-8"),
    ],
)
def test_what_is_no_sentence_is_refused_with_the_reason(given, reason):
    with pytest.raises(PhotoError, match=reason):
        cleaned(given)


@given(st.text(max_size=60))
def test_what_is_kept_comes_back_from_a_photo_as_it_is(text):
    try:
        sentence = cleaned(text)
    except PhotoError:
        return
    assert sentence == values.caption(sentence) == cleaned(sentence)


SAID = Correction("Rex", ("Old Rex", "Other"), standing=True, replaced="Old Rex")
OVERTAKEN = Correction("Rex", ("Old Rex",), standing=False)
WITHDRAWN = Correction("", ("Old Rex", "Rex"), standing=False)


@pytest.mark.parametrize(
    ("newest", "human", "imprint", "heard"),
    [
        # Nobody said anything through Lantern: whatever program wrote it, it is a person's.
        (None, None, BY_MODEL, Heard(None)),
        (None, "Rex", None, Heard("Rex")),
        (None, "Rex", BY_MODEL, Heard("Rex")),
        (None, "Rex", by_person("Rex"), Heard("Rex", adopted=True)),
        (None, "Max", by_person("Rex"), Heard("Max")),
        # A correction stands: what stood before it, or is it, is no news.
        (SAID, None, BY_MODEL, Heard(None)),
        (SAID, "Rex", by_person("Rex"), Heard("Rex")),
        (SAID, "Old Rex", None, Heard("Old Rex")),
        (SAID, "Old Rex", by_person("Old Rex"), Heard("Old Rex")),
        (SAID, "Max", None, Heard("Max", overtaken=True)),
        (SAID, "Max", by_person("Rex"), Heard("Max", overtaken=True)),
        (SAID, "Max", by_person("Max"), Heard("Max", overtaken=True, adopted=True)),
        # It was overtaken: it does not rise again because a copy still carries it.
        (OVERTAKEN, "Rex", by_person("Rex"), Heard("Rex")),
        (OVERTAKEN, "Max", None, Heard("Max")),
        # It was taken back: a file that still carries it says nothing; what others wrote counts.
        (WITHDRAWN, "Rex", by_person("Rex"), Heard(None)),
        (WITHDRAWN, "Rex", by_person("Rex", "Old Rex"), Heard("Old Rex")),
        (WITHDRAWN, "Old Rex", None, Heard("Old Rex")),
        (WITHDRAWN, "Rex", None, Heard("Rex")),
        (WITHDRAWN, "Max", by_person("Max"), Heard("Max", adopted=True)),
    ],
)
def test_a_files_words_mean_this_for_what_was_said_through_lantern(newest, human, imprint, heard):
    assert hear(newest, human, imprint) == heard


def test_a_correction_replaces_what_it_was_made_to_replace_and_what_lantern_wrote():
    humans = (None, "Rex", "Old Rex", "Other", "Max")
    assert [may_replace(SAID, human, None) for human in humans] == [True, True, True, False, False]
    assert may_replace(SAID, "Max", "person: Max")
    assert not may_replace(SAID, "Max", "person: Maxi")
