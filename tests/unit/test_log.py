"""No field can forge a line, another field, or a priority."""

import io
import logging
import os
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern import journal, log

anything = st.text(st.characters())  # with surrogates, as os.fsdecode makes them


@pytest.fixture(autouse=True)
def _restored():
    yield
    log.set_up()


def logged(call, *args, verbose=False, **fields):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")  # strict, as a file is
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JOURNAL_STREAM", raising=False)
        patch.setattr("sys.stderr", stream)
        log.set_up(verbose=verbose)
        call(*args, **fields)
    stream.flush()
    return stream.buffer.getvalue().decode()


def test_a_line_tells_time_level_message_and_fields():
    line = logged(log.info, "photo described", photo="a/b.jpg", took_ms=31)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO photo described photo=a/b\.jpg took_ms=31\n", line
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("two words", '"two words"'),
        ('a"b', r'"a\"b"'),
        ("a=b", '"a=b"'),
        ("a\nb", r'"a\nb"'),
        ("a\rb", r'"a\rb"'),
        ("a\x1b[31mb", r'"a\u001b[31mb"'),
        ("a\u2028b", r'"a\u2028b"'),
        ("\udcff.jpg", r'"\udcff.jpg"'),
        ("héllo", "héllo"),
        (None, "None"),
        (1.5, "1.5"),
    ],
)
def test_a_value_is_one_word_or_quoted(value, told):
    assert logged(log.warning, "m", field=value).endswith(f"WARNING m field={told}\n")


@given(anything, anything)
def test_no_field_can_forge_a_line_or_a_field(one, two):
    text = logged(log.info, "m", one=one, two=two)
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    outside_quotes = re.sub(r'"(\\.|[^"\\])*"', '""', text)
    assert re.findall(r"(\w+)=", outside_quotes) == ["one", "two"]


def test_a_developers_line_is_kept_back_unless_asked_for():
    assert logged(log.debug, "m") == ""
    assert logged(log.debug, "m", verbose=True).endswith("DEBUG m\n")


@pytest.mark.parametrize(
    ("call", "priority"),
    [(log.debug, 7), (log.info, 6), (log.warning, 4), (log.error, 3)],
)
def test_without_systemd_python_the_journal_gets_its_priority_in_front_and_no_time(
    call, priority, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, "systemd", None)
    with open(tmp_path / "stream", "w+", encoding="utf-8") as stream:
        stat = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{stat.st_dev}:{stat.st_ino}")
        monkeypatch.setattr("sys.stderr", stream)
        log.set_up(verbose=True)
        call("m", field="a\n<0>b")
        stream.seek(0)
        warned, line = stream.read().splitlines()
    assert warned.startswith("<4>journal gets no fields ")
    assert line == f'<{priority}>m field="a\\n<0>b"'


def test_a_stream_that_took_the_journals_place_gets_lines_for_people(monkeypatch, tmp_path):
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    with open(tmp_path / "stream", "w+", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        log.set_up()
        log.info("m")
        stream.seek(0)
        assert stream.read().endswith(" INFO m\n")


def test_an_entry_has_the_event_each_field_and_where_it_was_logged(caplog):
    with caplog.at_level(logging.DEBUG, "lantern"):
        log.warning("photo not described", photo="a\udcff b.jpg", took_ms=31)
    (record,) = caplog.records
    fields = journal.entry(record)
    assert fields["LANTERN_EVENT"] == b"photo not described"
    assert fields["LANTERN_PHOTO"] == b"a\xff b.jpg"
    assert fields["LANTERN_TOOK_MS"] == b"31"
    assert fields["PRIORITY"] == "4"
    assert fields["CODE_FILE"] == __file__
    assert fields["CODE_FUNC"] == "test_an_entry_has_the_event_each_field_and_where_it_was_logged"
