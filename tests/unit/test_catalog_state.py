"""The life of one file, arrow by arrow."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.catalog.state import (
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    LOSSES_TO_QUARANTINE,
    Captioned,
    Changed,
    Delayed,
    Life,
    Lost,
    Refused,
    State,
    after,
    retry_delay,
)

NOW = 1_700_000_000.0

reasons = st.text(min_size=1)
events = st.one_of(
    st.just(Changed()),
    st.just(Captioned()),
    st.builds(Refused, reasons),
    st.builds(Delayed, reasons),
    st.builds(Lost, reasons),
)


def lived(*happened, now=NOW):
    life = Life()
    for event in happened:
        life = after(life, event, now)
    return life


def test_a_new_file_waits_for_work():
    assert Life().state is State.DISCOVERED


def test_a_described_file_is_captioned_and_carries_no_reason():
    assert lived(Delayed("busy"), Lost("died"), Captioned()) == Life(State.CAPTIONED)


def test_a_refused_file_has_failed_with_the_reason():
    assert lived(Refused("empty file")) == Life(State.FAILED, reason="empty file")


def test_a_delayed_file_is_tried_again_ever_more_rarely_and_never_given_up():
    life, waits = Life(), []
    for _ in range(40):
        life = after(life, Delayed("no answer"), NOW)
        assert life.state is State.RETRY
        waits.append(life.retry_at - NOW)
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY_S


def test_a_file_that_costs_one_worker_is_tried_again():
    life = lived(Lost("signal 11"))
    assert (life.state, life.losses) == (State.RETRY, 1)
    assert life.retry_at == NOW + FIRST_RETRY_S


def test_a_file_that_costs_two_workers_is_quarantined_with_the_reason():
    life = lived(Lost("signal 11"), Lost("signal 6"))
    assert life.state is State.FAILED
    assert life.losses == LOSSES_TO_QUARANTINE == 2
    assert life.reason == "quarantined after 2 workers: signal 6"


def test_delays_between_two_losses_do_not_excuse_them():
    assert lived(Lost("a"), Delayed("b"), Delayed("c"), Lost("d")).state is State.FAILED


def test_a_change_voids_what_was_known_from_every_state():
    for length in range(3):
        for path in itertools.product(
            [Captioned(), Refused("r"), Delayed("d"), Lost("l")], repeat=length
        ):
            assert lived(*path, Changed()) == Life()


@given(st.lists(events, max_size=12))
def test_every_life_is_consistent_whatever_happens(happened):
    life = lived(*happened)
    assert life.state is not State.INDEXED  # the index's word, never the file's
    assert (life.retry_at > NOW) == (life.state is State.RETRY)
    assert bool(life.reason) == (life.state in {State.RETRY, State.FAILED})
    assert 0 <= life.losses <= LOSSES_TO_QUARANTINE + 12


@pytest.mark.parametrize("attempts", [0, 1, 31, 32, 33, 1000])
def test_a_wait_lies_between_the_first_and_the_longest(attempts):
    assert FIRST_RETRY_S <= retry_delay(attempts) <= LONGEST_RETRY_S
