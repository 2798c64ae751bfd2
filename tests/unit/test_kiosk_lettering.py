"""Whatever a sentence holds is shown as text, within the display."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.kiosk import lettering
from lantern.kiosk.remarks import remark
from lantern.kiosk.stage import Size

HD = Size(1920, 1080)
OURS = re.compile(r"^\{[^{}]*\}")


def text_of(event: str) -> str:
    """Return what libass shows of one event: what is not in our own commands."""
    return OURS.sub("", event, count=1)


@given(st.text())
def test_no_text_gives_a_command(text: str):
    for event in lettering.sentence(text, HD, 1.0).split("\n")[1:]:
        shown = text_of(event)
        assert not re.search(r"(?<!\\)\{", shown)  # a brace that opens a block of commands
        assert not re.search(r"\\(?![{\u2060])", shown)  # a backslash that is one


@given(st.text())
def test_a_sentence_is_one_shade_a_halo_and_the_text(text: str):
    events = lettering.sentence(text, HD, 1.0)
    assert events == "" or len(events.split("\n")) == 3
    assert len(events.splitlines()) == len(events.split("\n")) if events else True


def test_commands_of_the_format_are_shown_as_they_are_written():
    shown = lettering.escaped(r"{\an8} a\Nb")
    assert shown.replace("\u2060", "") == r"\{\an8} a\Nb"


@pytest.mark.parametrize("text", ["", "  ", "\n\t", "\u202e", "\x00"])
def test_of_nothing_nothing_is_shown(text: str):
    assert lettering.sentence(text, HD, 1.0) == ""
    assert lettering.announcement(text, HD) == ""


def test_what_cannot_be_seen_takes_no_drawing():
    assert lettering.sentence("a dog", HD, 0.0) == ""
    assert lettering.veil(0.0, HD) == ""


def test_a_text_that_turns_the_direction_of_all_that_follows_does_not():
    assert lettering.shortened("a\u202eb\u2066c", 99) == "abc"


@given(st.text(), st.integers(10, 300))
def test_a_sentence_is_cut_to_its_length(text: str, longest: int):
    assert len(lettering.shortened(text, longest)) <= longest


def test_a_long_sentence_is_cut_at_a_word():
    assert lettering.shortened("one two three, four", 16) == "one two three…"


def test_a_word_without_end_is_cut_all_the_same():
    assert lettering.shortened("x" * 50, 10) == "x" * 9 + "…"


def test_wide_letters_count_twice():
    assert lettering.shortened("雪" * 10, 9) == "雪" * 4 + "…"


def test_opacity_is_told_as_the_format_does_by_transparency():
    assert r"\1a&H00&" in lettering.veil(1.0, HD)
    assert r"\1a&H80&" in lettering.veil(0.5, HD)


def test_a_short_announcement_is_larger_than_a_long_one():
    def letter(text: str) -> float:
        found = re.search(r"\\fs([\d.]+)", lettering.announcement(text, HD))
        assert found
        return float(found[1])

    assert letter("3") > 2 * letter("Stay where you are and a picture is taken of you")
    assert letter("3") < HD.height / 4


def test_a_remark_is_small_faint_and_in_a_corner_that_no_sentence_takes():
    halo, text = lettering.remark("The backup needs attention", HD).split("\n")
    assert text_of(text) == text_of(halo) == "The backup needs attention"
    at = r"\an9\pos(1824,54)"
    assert at in text
    size = float(re.search(r"\\fs([\d.]+)", text)[1])
    assert size == pytest.approx(0.024 * 1080, abs=0.1)
    assert lettering.remark("", HD) == ""


def test_of_all_troubles_the_backups_alone_are_remarked():
    assert remark(("root", "backup late", "backup room")) == "The backup needs attention"
    assert remark(("root", "state", "notices")) == ""


def test_the_margin_is_a_part_of_the_width_whatever_the_display():
    for size in (HD, Size(1024, 768)):
        assert lettering.margin(size) / 720 * size.height == pytest.approx(0.12 * size.width, 0.01)
    assert lettering.margin(Size(9000, 500)) <= 300
