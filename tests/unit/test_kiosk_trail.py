"""Steps back and forth through what was seen."""

from lantern.kiosk.trail import MOST_REMEMBERED, Shown, Trail
from lantern.kiosk.works import Work


def trail_of(*names):
    trail = Trail()
    for name in names:
        trail.add(Shown(Work(name, f"/{name}", still=True), name))
    return trail


def names(works):
    return [shown.work.name for shown in works]


def test_steps_back_lead_to_what_was_before_and_forth_to_the_end():
    trail = trail_of(*"abcd")
    assert names(trail.forth()) == []
    assert names(trail.back()) == ["c", "b", "a"]
    trail.stand_on(next(trail.called("b")))
    assert names(trail.back()) == ["a"]
    assert names(trail.forth()) == ["c", "d"]
    assert names(trail.forth()) == []


def test_a_work_that_came_twice_is_found_where_it_was_last():
    trail = trail_of(*"abac")
    last, first = trail.called("a")
    trail.stand_on(last)
    assert names(trail.back()) == ["b", "a"]
    trail.stand_on(first)
    assert names(trail.back()) == []


def test_what_is_forgotten_is_on_no_way():
    for forgotten, back, forth in (
        ("a", ["b"], ["d"]),
        ("b", ["a"], ["d"]),
        ("c", ["a"], ["d"]),
        ("d", ["b", "a"], []),
    ):
        trail = trail_of(*"abcd")
        trail.stand_on(next(trail.called("c")))
        trail.forget(next(trail.called(forgotten)))
        assert names(trail.back()) == back
        assert names(trail.forth()) == forth


def test_few_are_remembered_the_latest():
    trail = trail_of(*map(str, range(MOST_REMEMBERED + 50)))
    assert len(trail.latest(1000)) == MOST_REMEMBERED
    assert names(trail.latest(2)) == [str(MOST_REMEMBERED + 48), str(MOST_REMEMBERED + 49)]
    trail.clear()
    assert (list(trail.back()), trail.latest(5)) == ([], [])
