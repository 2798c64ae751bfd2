"""Who stays when more come than there is room for. Visitors are numbers here."""

from lantern.web.crowd import Crowd

HERE, HOME, OTHER = "127.0.0.1", "192.168.1.7", "192.168.1.8"


def test_while_there_is_room_nobody_leaves():
    crowd = Crowd(most=3)
    assert [crowd.enter(number, HERE) for number in (1, 2, 3)] == [None, None, None]
    assert len(crowd) == 3


def test_whoever_has_waited_longest_makes_room_for_who_comes():
    crowd = Crowd(most=2)
    assert [crowd.enter(number, HERE) for number in (1, 2, 3, 4)] == [None, None, 1, 2]
    assert len(crowd) == 2


def test_whoever_is_being_answered_stays():
    crowd = Crowd(most=2)
    crowd.enter(1, HERE)
    crowd.asks(1)
    crowd.enter(2, HERE)
    assert crowd.enter(3, HERE) == 2


def test_whoever_got_an_answer_waits_anew():
    crowd = Crowd(most=2)
    crowd.enter(1, HERE)
    crowd.asks(1)
    crowd.enter(2, HERE)
    crowd.waits(1)
    assert [crowd.enter(number, HERE) for number in (3, 4)] == [2, 1]


def test_where_all_are_being_answered_the_newcomer_has_to_leave_and_others_come_after():
    crowd = Crowd(most=1)
    crowd.enter(1, HERE)
    crowd.asks(1)
    assert crowd.enter(2, HERE) == 2
    assert crowd.enter(3, HERE) == 2
    crowd.leave(1)
    crowd.leave(3)
    assert crowd.enter(4, HERE) is None


def test_one_address_has_its_share_and_makes_room_for_itself_alone():
    crowd = Crowd(most=10, most_of_one=2)
    crowd.enter(1, OTHER)
    assert [crowd.enter(number, HOME) for number in (2, 3, 4)] == [None, None, 2]
    crowd.asks(3)
    crowd.asks(4)
    assert crowd.enter(5, HOME) == 5
    assert crowd.enter(6, OTHER) is None


def test_who_leaves_gives_the_share_back():
    crowd = Crowd(most=10, most_of_one=1)
    for number in range(3):
        assert crowd.enter(number, HOME) is None
        crowd.asks(number)
        crowd.leave(number)
    assert len(crowd) == 0


def test_a_home_s_addresses_have_one_share():
    crowd = Crowd(most=10, most_of_one=1)
    assert crowd.enter(1, "2001:db8:1:2::1") is None
    assert crowd.enter(2, "2001:db8:1:2:ffff::9") == 1


def test_this_machine_may_fill_the_house_as_a_proxy_does():
    crowd = Crowd(most=5, most_of_one=1)
    assert {crowd.enter(number, HERE) for number in range(5)} == {None}


def test_whoever_left_is_not_waited_for():
    crowd = Crowd(most=1)
    crowd.enter(1, HERE)
    crowd.asks(1)
    crowd.leave(1)
    crowd.waits(1)
    crowd.leave(1)
    assert len(crowd) == 0
    assert crowd.enter(2, HERE) is None
    assert crowd.enter(3, HERE) == 2
