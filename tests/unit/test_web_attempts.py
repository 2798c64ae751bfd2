"""How often somebody may try a password: by address, and in all."""

from lantern.web.attempts import (
    FORGOTTEN_S,
    FREE,
    FREE_IN_ALL,
    LONGEST_WAIT_IN_ALL_S,
    LONGEST_WAIT_S,
    MOST_ADDRESSES,
    Attempts,
)

HOME, OTHER = "192.168.1.7", "192.168.1.8"


def wrong(attempts, address, times, now=0.0):
    for _ in range(times):
        attempts.was_wrong(address, now)


def test_a_few_wrong_tries_cost_no_wait():
    attempts = Attempts()
    wrong(attempts, HOME, FREE - 1)
    assert attempts.wait_s(HOME, 0.0) == 0


def test_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour():
    attempts, waits = Attempts(), []
    wrong(attempts, HOME, FREE - 1)
    for _ in range(12):
        wrong(attempts, HOME, 1)
        waits.append(attempts.wait_s(HOME, 0.0))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_WAIT_S, LONGEST_WAIT_S]


def test_the_wait_passes():
    attempts = Attempts()
    wrong(attempts, HOME, FREE + 3, now=100.0)
    assert attempts.wait_s(HOME, 105.0) == 3
    assert attempts.wait_s(HOME, 108.0) == 0


def test_an_hour_without_a_wrong_try_is_a_new_beginning():
    attempts = Attempts()
    wrong(attempts, HOME, 30)
    assert attempts.wait_s(HOME, FORGOTTEN_S) == 0
    wrong(attempts, HOME, 1, now=FORGOTTEN_S)
    assert attempts.wait_s(HOME, FORGOTTEN_S) == 0


def test_others_need_not_wait_for_one_who_is_wrong():
    attempts = Attempts()
    wrong(attempts, HOME, FREE + 3)
    assert attempts.wait_s(OTHER, 0.0) == 0


def test_many_addresses_together_wait_too_but_never_long():
    attempts = Attempts()
    for number in range(FREE_IN_ALL + 30):
        wrong(attempts, f"10.0.{number}.1", 1)
    assert attempts.wait_s("10.1.0.1", 0.0) == LONGEST_WAIT_IN_ALL_S


def test_strangers_cannot_lock_out_the_address_that_the_owner_signed_in_from():
    attempts = Attempts()
    attempts.was_right(HOME)
    for number in range(FREE_IN_ALL + 30):
        wrong(attempts, f"10.0.{number}.1", 1)
    assert attempts.wait_s(HOME, 0.0) == 0
    wrong(attempts, HOME, FREE)
    assert attempts.wait_s(HOME, 0.0) > 0


def test_a_right_try_begins_anew():
    attempts = Attempts()
    wrong(attempts, HOME, FREE + 3)
    attempts.was_right(HOME)
    assert attempts.wait_s(HOME, 0.0) == 0


def test_no_more_addresses_are_remembered_than_memory_allows():
    attempts = Attempts()
    wrong(attempts, HOME, FREE)
    for number in range(MOST_ADDRESSES - 1):
        wrong(attempts, f"10.{number // 256}.{number % 256}.1", 1)
    assert attempts._by_address.keys() >= {HOME}
    wrong(attempts, OTHER, 1)
    assert len(attempts._by_address) == MOST_ADDRESSES
    assert HOME not in attempts._by_address
