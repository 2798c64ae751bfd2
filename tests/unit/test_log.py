"""No field can forge a line, another field, or a priority."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern import log

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
def test_the_journal_gets_its_priority_in_front_and_no_time(call, priority, monkeypatch):
    journal = io.StringIO()
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    monkeypatch.setattr("sys.stderr", journal)
    log.set_up(verbose=True)
    call("m", field="a\n<0>b")
    assert journal.getvalue() == f'<{priority}>m field="a\\n<0>b"\n'
