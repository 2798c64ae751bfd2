"""Who beats, who is late, and what waiting does for it. Time is passed in, or a fraction of it."""

import anyio
import pytest

from lantern import heartbeat, waiting
from lantern.heartbeat import Heartbeat, beat, part, watched, whole
from lantern.waiting import Hint, held, pause


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def hasty(monkeypatch):
    """Waiting beats each 10 ms, and whoever has not for 200 ms is late."""
    for module in (heartbeat, waiting):
        monkeypatch.setattr(module, "BEAT_S", 0.01)
    monkeypatch.setattr(Heartbeat.beat, "__defaults__", (0.2,))
    monkeypatch.setattr(heartbeat.beat, "__defaults__", (0.2,))


def test_a_part_is_late_once_its_beat_is_overdue_and_no_more_once_it_beats():
    clock = Clock()
    own = Heartbeat("scan", clock)
    assert own.late() == ()
    own.beat(10)
    clock.now = 10.0
    assert own.late() == ()
    clock.now = 10.1
    assert own.late() == ("scan",)
    own.beat(10)
    assert own.late() == ()


def test_a_whole_is_as_late_as_the_latest_of_its_parts_and_forgets_those_that_ended():
    clock = Clock()
    above, one, other = (Heartbeat(name, clock) for name in ("all", "one", "other"))
    with above.within(None), one.within(above), other.within(one):
        one.beat(5)
        other.beat(1)
        clock.now = 2.0
        assert above.late() == ("other",)
        clock.now = 6.0
        assert above.late() == ("one", "other")
    assert above.late() == ()


def test_a_beat_is_the_part_s_that_runs_it_and_harmless_where_none_does():
    beat()

    async def lives():
        beat(60)

    async def dies():
        beat(-1)
        await anyio.sleep_forever()

    async def both():
        with whole("all") as all_:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watched, "living", lives)
                tasks.start_soon(watched, "dying", dies)
                await anyio.sleep(0.01)
                late = all_.late()
                tasks.cancel_scope.cancel()
            return late, all_.late()

    assert anyio.run(both) == (("dying",), ())


async def never():
    await anyio.Event().wait()


async def hint():
    await Hint().wait()


async def long_hint():
    await Hint().wait(60)


async def pausing():
    await pause(60)


async def locked_out():
    lock = anyio.Lock()
    async with anyio.create_task_group() as tasks:
        await lock.acquire()

        async def wait():
            async with held(lock):
                pass

        tasks.start_soon(wait)


@pytest.mark.parametrize(
    ("waits", "late"),
    [
        (hint, ()),
        (long_hint, ()),
        (pausing, ()),
        (locked_out, ()),
        (never, ("waiter",)),
        (anyio.sleep_forever, ("waiter",)),
    ],
)
def test_who_waits_for_something_to_do_is_not_late_and_who_just_hangs_is(hasty, waits, late):
    async def watch():
        with whole("all") as all_:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watched, "waiter", waits)
                await anyio.sleep(0.4)
                found = set(all_.late())
                await anyio.sleep(0.1)  # two looks, as at all who are late: a machine may be busy
                found &= set(all_.late())
                tasks.cancel_scope.cancel()
        return tuple(found)

    assert anyio.run(watch) == late


def test_a_hint_given_or_run_out_ends_the_wait_whenever_it_comes(hasty):
    async def wait():
        given = Hint()
        with anyio.fail_after(5):
            given.give()
            await given.wait()
            await given.wait(0.05)
            await given.wait(0)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(given.wait)
                await anyio.sleep(0.05)
                given.give()

    anyio.run(wait)


def test_a_held_lock_is_let_go_of_and_only_one_has_it(hasty):
    inside = []

    async def enter(lock):
        async with held(lock):
            inside.append(len(inside))
            assert lock.statistics().locked
            await anyio.sleep(0.03)

    async def queue():
        lock = anyio.Lock()
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(enter, lock)
        return lock.statistics().locked

    assert anyio.run(queue) is False
    assert inside == [0, 1, 2]


def test_parts_within_a_part_are_told_by_it():
    with whole("all") as all_, part("screen"):
        with part("level"):
            beat(-1)
            assert all_.late() == ("level",)
        assert all_.late() == ()
