"""The owner's password: what is one, what is kept of it, and the file that keeps it."""

import os
import stat
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.web import password
from lantern.web.password import BadPassword, PasswordFile, hashed, parse
from support.owned import cheap


@pytest.fixture
def file(tmp_path):
    return PasswordFile(tmp_path / "password")


def test_a_password_is_known_again_and_no_other_is():
    kept = hashed("lamp oil and brass")
    assert kept.is_of("lamp oil and brass")
    for other in ("lamp oil and bras", "Lamp oil and brass", "lamp oil and brass ", ""):
        assert not kept.is_of(other)


def test_the_same_password_is_kept_otherwise_each_time():
    assert hashed("lamp oil and brass").line() != hashed("lamp oil and brass").line()


def test_it_costs_what_a_pi_can_pay_and_an_attacker_minds():
    kept = hashed("lamp oil and brass")
    memory = 128 * kept.r * 2**kept.ln
    assert 16 * 2**20 <= memory <= 32 * 2**20
    began = time.process_time()
    kept.is_of("another")
    assert time.process_time() - began > 0.01


def test_one_letter_is_the_same_however_a_keyboard_sends_it():
    composed, apart = "caf\u00e9 au lait", "cafe\u0301 au lait"
    assert hashed(composed).is_of(apart)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "at least 10 characters, got 0"),
        ("ninechars", "at least 10 characters, got 9"),
        ("x" * 257, "at most 256 characters, got 257"),
        ("ten chars\nand more", "one line of text"),
        ("ten chars\0and more", "one line of text"),
        ("ten chars\udcff and more", "one line of text"),
    ],
)
def test_what_is_no_password_is_refused_with_what_is_expected(given, told):
    with pytest.raises(BadPassword, match=told):
        hashed(given)


@pytest.mark.parametrize("given", ["", "x" * 100_000, "\udcff", "\0", "日本語" * 100])
def test_anything_may_be_tried(given):
    assert not cheap("lamp oil and brass").is_of(given)


def test_the_line_says_all_and_nothing_of_the_password():
    kept = cheap("lamp oil and brass")
    assert kept.line().startswith("$scrypt$ln=4,r=1,p=1$")
    assert "lamp" not in kept.line()
    assert parse(kept.line()) == kept


@given(st.text(alphabet="$scryptln=,0123456789ABCabc+/ rp\n", max_size=150))
def test_no_line_that_is_none_is_taken_for_one(line):
    with pytest.raises(ValueError, match=r"not a line|costs beyond reason"):
        parse(line)


@pytest.mark.parametrize(
    "costs", ["ln=25,r=8,p=1", "ln=24,r=8,p=1", "ln=14,r=8,p=17", "ln=0,r=8,p=1", "ln=14,r=0,p=1"]
)
def test_costs_beyond_reason_are_refused(costs):
    with pytest.raises(ValueError, match="costs beyond reason"):
        parse(f"$scrypt${costs}${'A' * 22}${'A' * 43}")


def test_there_is_no_password_before_one_is_set(file):
    assert file.current() is None
    assert file.remove() is False


def test_what_is_written_is_in_force_at_once_and_until_it_is_removed(file):
    for kept in (cheap("lamp oil and brass"), cheap("another of these")):
        file.write(kept)
        assert file.current() == kept
    assert file.remove() is True
    assert file.current() is None


def test_its_readers_are_its_owner_and_the_group_of_the_state_folder(file, tmp_path):
    before = os.umask(0o077)
    try:
        file.write(cheap("lamp oil and brass"))
    finally:
        os.umask(before)
    status = os.stat(tmp_path / "password")
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert status.st_gid == os.stat(tmp_path).st_gid


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT ROOT: only root can give files away")
def test_the_group_is_the_folder_s_where_another_user_writes(file, tmp_path):
    os.chown(tmp_path, 0, 12345)
    file.write(cheap("lamp oil and brass"))
    assert os.stat(tmp_path / "password").st_gid == 12345


def test_a_write_that_fails_leaves_the_old_password_and_no_rubbish(file, tmp_path, monkeypatch):
    old = cheap("lamp oil and brass")
    file.write(old)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(password.os, "fsync", full)
    with pytest.raises(Unavailable, match=r"No space left.*make room"):
        file.write(cheap("another of these"))
    assert os.listdir(tmp_path) == ["password"]
    assert file.current() == old


def test_without_a_state_folder_the_next_step_is_told(tmp_path):
    file = PasswordFile(tmp_path / "none" / "password")
    with pytest.raises(Unavailable, match="have the daemon started once"):
        file.write(cheap("lamp oil and brass"))
    assert file.current() is None


@pytest.mark.parametrize("content", [b"", b"secret\n", b"\xff" * 600, b"$scrypt$ln=14,r=8,p=1$$\n"])
def test_a_file_that_holds_something_else_is_trouble_and_lets_nobody_in(file, tmp_path, content):
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(Unavailable, match="lantern passwd"):
        file.current()
