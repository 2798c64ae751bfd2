"""Who is signed in, for how long, and what ends it."""

from lantern.web.sessions import IDLE_S, LONGEST_S, MOST, TOKEN, Sessions
from support.owned import cheap

PASSWORD, ANOTHER = cheap("lamp oil and brass"), cheap("another of these")


def test_a_session_lasts_while_it_is_used_and_no_longer_than_a_month():
    sessions, now = Sessions(), 0.0
    token = sessions.begin(PASSWORD, now)
    while now + IDLE_S / 2 < LONGEST_S:
        now += IDLE_S / 2
        assert sessions.holds(token, PASSWORD, now)
    assert not sessions.holds(token, PASSWORD, LONGEST_S)


def test_it_ends_when_nobody_used_it_for_half_a_day():
    sessions = Sessions()
    token = sessions.begin(PASSWORD, 0.0)
    assert not sessions.holds(token, PASSWORD, IDLE_S)
    assert not sessions.holds(token, PASSWORD, IDLE_S - 1)


def test_another_password_or_none_ends_them_all():
    for now_in_force in (ANOTHER, None):
        sessions = Sessions()
        tokens = [sessions.begin(PASSWORD, 0.0) for _ in range(3)]
        assert [sessions.holds(token, now_in_force, 1.0) for token in tokens] == [False] * 3
        assert [sessions.holds(token, PASSWORD, 2.0) for token in tokens] == [False] * 3


def test_signing_out_ends_one_and_leaves_the_others():
    sessions = Sessions()
    one, other = sessions.begin(PASSWORD, 0.0), sessions.begin(PASSWORD, 0.0)
    assert sessions.end(one) is True
    assert sessions.end(one) is False
    assert not sessions.holds(one, PASSWORD, 0.0)
    assert sessions.holds(other, PASSWORD, 0.0)


def test_no_other_token_holds():
    sessions = Sessions()
    token = sessions.begin(PASSWORD, 0.0)
    for other in ("", token[:-1], token + "A", token.swapcase(), "é", "\udcff", "A" * 43):
        assert not sessions.holds(other, PASSWORD, 0.0)


def test_tokens_are_long_and_of_no_pattern():
    tokens = {Sessions().begin(PASSWORD, 0.0) for _ in range(100)}
    assert len(tokens) == 100
    assert all(TOKEN.fullmatch(token) for token in tokens)


def test_memory_holds_no_token():
    sessions = Sessions()
    token = sessions.begin(PASSWORD, 0.0)
    assert token not in repr(vars(sessions))
    assert token.encode() not in sessions._sessions


def test_of_too_many_the_one_that_was_longest_unused_ends():
    sessions = Sessions()
    tokens = [sessions.begin(PASSWORD, float(number)) for number in range(MOST)]
    assert sessions.holds(tokens[0], PASSWORD, 100.0)
    sessions.begin(PASSWORD, 101.0)
    assert not sessions.holds(tokens[1], PASSWORD, 102.0)
    assert sessions.holds(tokens[0], PASSWORD, 102.0)
