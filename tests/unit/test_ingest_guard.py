"""An absent disk is not a deletion."""

import pytest

from lantern.ingest.guard import FEW, WINDOW_S, RemovalGuard


@pytest.fixture
def guard():
    return RemovalGuard()


@pytest.mark.parametrize("known", [1, 2, 10, 100, 100_000])
def test_never_does_everything_go_by_itself(guard, known):
    assert not guard.allows(known, known, 0)


def test_a_few_of_several_may_go(guard):
    assert guard.allows(1, 2, 0)
    assert guard.allows(FEW, FEW + 1, 0)


def test_half_of_many_may_go_and_more_may_not(guard):
    assert guard.allows(50, 100, 0)
    assert not guard.allows(51, 100, 0)


def test_a_disappearance_in_small_pieces_is_seen_as_one(guard):
    known = 100
    for minute in range(100):
        if not guard.allows(5, known, minute * 60.0):
            break
        guard.removed(5, minute * 60.0)
        known -= 5
    assert known == 50


def test_what_went_long_ago_does_not_count(guard):
    assert guard.allows(50, 100, 0)
    guard.removed(50, 0)
    assert not guard.allows(25, 50, WINDOW_S)
    assert guard.allows(25, 50, WINDOW_S + 1)


def test_asking_alone_changes_nothing(guard):
    for _ in range(100):
        assert guard.allows(50, 100, 0)
