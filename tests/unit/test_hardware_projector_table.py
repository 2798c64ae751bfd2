"""Command tables: what is read, and what is refused."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from lantern.errors import ConfigError
from lantern.hardware.ports import Power
from lantern.hardware.projector import table

TEMPLATE = (resources.files("lantern.hardware.projector") / "tables/template.toml").read_text()


def test_the_shipped_tables_can_be_used_and_name_their_manuals():
    assert table.shipped() == ("benq", "epson")
    for name in table.shipped():
        read = table.find(name)
        assert "Guide" in read.source
        assert {Power.ON, Power.OFF} <= set(read.power.words.values())


def test_the_template_is_a_table_that_shows_every_option():
    read = table.parse(TEMPLATE)
    assert read.power.words["2"] is Power.WARMING
    for part in (read, read.line, read.talk, read.power, read.input, read.lamp, read.troubles):
        for option in part.__struct_fields__:
            assert re.search(rf"^\[?{option}\b|^\[\w+\.{option}\]", TEMPLATE, re.MULTILINE), option


def test_a_table_of_ones_own_is_found_by_its_path(tmp_path):
    (tmp_path / "mine.toml").write_text(TEMPLATE)
    assert table.find(f"{tmp_path}/mine.toml").name == "Example"


def test_a_table_that_there_is_none_of_is_told_with_those_that_there_are(tmp_path):
    with pytest.raises(ConfigError, match=r'one of benq, epson, or the path.*got "template"'):
        table.find("template")
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        table.find(f"{tmp_path}/none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"bad\.toml: "):
        table.find(f"{tmp_path}/bad.toml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((r"\[talk\]", "[talk"), "not TOML"),
        (('name = "Example"', ""), '"name"'),
        (("timeout_s", "time_out_s"), '"time_out_s"'),
        (("timeout_s = 3.0", 'timeout_s = "3"'), "talk.timeout_s"),
        (("timeout_s = 3.0", "timeout_s = 61"), "<= 60"),
        (('done = "ok"', 'done = "("'), "talk.done: not a regular expression"),
        (('refused = "busy"', 'refused = "(busy)"'), "talk.refused: expected 0 groups"),
        ((r"power=\(\\d\)", r"power=\\d"), "power.answer: expected 1 groups in brackets, got 0"),
        (('1 = "on"\n2', "2"), 'power.words: expected a word for "on"'),
        (('3 = "cooling"', '3 = "tepid"'), "tepid"),
        (("{input}", "H1"), 'input.choose: expected "{input}" in it'),
        (("bits = 8 ", "bits = 9 "), "bits: expected one of"),
        (('ask = "power"', ""), '"ask"'),
    ],
)
def test_a_wrong_table_is_refused_with_the_option_and_what_was_expected(change, words):
    text, count = re.subn(change[0], change[1], TEMPLATE, count=1)
    assert count == 1
    with pytest.raises(ConfigError) as caught:
        table.parse(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
