"""When a file counts as copied."""

import pytest

from lantern.catalog.store import Found
from lantern.ingest.settle import Settling, is_below

WALL = 1_700_000_000.0
SETTLE_S = 2.0


def file(name=b"a.jpg", size=100, age=0.0):
    return Found(name, size, int((WALL - age) * 1e9))


@pytest.fixture
def settling():
    return Settling(SETTLE_S)


def test_a_file_that_was_changed_long_ago_rests_at_once(settling):
    assert settling.rests(b"", file(age=SETTLE_S), wall=WALL, now=0)
    assert settling.next_due() is None


def test_a_file_changed_just_now_waits_until_it_was_seen_unchanged_for_long_enough(settling):
    young = file(age=0.1)
    assert not settling.rests(b"", young, wall=WALL, now=10)
    assert not settling.rests(b"", young, wall=WALL, now=11.9)
    assert settling.rests(b"", young, wall=WALL, now=12)
    assert settling.next_due() is None


def test_each_change_of_size_or_time_starts_the_wait_anew(settling):
    assert not settling.rests(b"", file(size=1), wall=WALL, now=10)
    assert not settling.rests(b"", file(size=2), wall=WALL, now=12)
    assert not settling.rests(b"", file(size=2, age=-1), wall=WALL, now=14)
    assert not settling.rests(b"", file(size=2, age=-1), wall=WALL, now=15.9)
    assert settling.rests(b"", file(size=2, age=-1), wall=WALL, now=16)


def test_a_file_from_the_future_rests_when_it_was_seen_unchanged(settling):
    future = file(age=-86400)
    assert not settling.rests(b"", future, wall=WALL, now=10)
    assert settling.rests(b"", future, wall=WALL, now=12)


def test_the_folder_is_due_when_its_file_may_rest(settling):
    settling.rests(b"x", file(), wall=WALL, now=10)
    settling.rests(b"y", file(), wall=WALL, now=11)
    assert settling.next_due() == 12
    assert settling.due(11.9) == set()
    assert settling.due(12) == {b"x"}
    assert settling.due(13) == {b"x", b"y"}


def test_equal_names_in_two_folders_are_two_files(settling):
    settling.rests(b"x", file(), wall=WALL, now=10)
    assert not settling.rests(b"y", file(), wall=WALL, now=12)


def test_a_file_that_vanished_or_is_known_after_all_is_waited_for_no_longer(settling):
    settling.rests(b"x", file(b"a.jpg"), wall=WALL, now=10)
    settling.rests(b"x", file(b"b.jpg"), wall=WALL, now=10)
    settling.rests(b"y", file(b"b.jpg"), wall=WALL, now=10)
    settling.keep_only(b"x", {b"a.jpg"})
    assert settling.folders() == {b"x", b"y"}
    settling.keep_only(b"x", set())
    assert settling.folders() == {b"y"}


def test_a_lost_folder_takes_all_below_it_along(settling):
    for folder in (b"", b"x", b"x/deep/er", b"xy"):
        settling.rests(folder, file(), wall=WALL, now=10)
    settling.forget_below(b"x")
    assert settling.folders() == {b"", b"xy"}
    settling.forget_below(b"")
    assert settling.next_due() is None


def test_everything_is_below_the_root_and_nothing_below_a_prefix_of_its_name():
    assert is_below(b"", b"")
    assert is_below(b"a/b", b"")
    assert is_below(b"a", b"a")
    assert is_below(b"a/b", b"a")
    assert not is_below(b"ab", b"a")
    assert not is_below(b"a", b"a/b")
