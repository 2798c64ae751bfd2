"""The next work is at hand beforehand, and is the right one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from lantern.kiosk import upcoming as module
from lantern.kiosk.upcoming import Upcoming
from lantern.kiosk.works import Work
from lantern.waiting import Hint
from support.reel import Reel

pytestmark = pytest.mark.anyio

A, B, C = (Work(name, f"/{name}.jpg", still=True) for name in "abc")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def reel() -> Reel:
    return Reel(A, B, C)


@pytest.fixture
async def upcoming(reel: Reel, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upcoming]:
    monkeypatch.setattr(module, "ASK_AGAIN_S", 0.02)
    one = Upcoming(reel, Hint())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one.run)
        yield one
        tasks.cancel_scope.cancel()


async def coming(upcoming: Upcoming) -> Work:
    with anyio.fail_after(5):
        while upcoming.work is None:  # noqa: ASYNC110 - it has no event for tests alone
            await anyio.sleep(0.001)
    return upcoming.work


async def test_nothing_is_asked_for_before_it_is_wanted(upcoming, reel):
    await anyio.sleep(0.02)
    assert reel.asked == []


async def test_the_next_work_is_asked_for_when_one_is_taken(upcoming):
    upcoming.begin()
    assert await coming(upcoming) == A
    assert upcoming.take() == A
    assert await coming(upcoming) == B


async def test_a_rest_loses_nothing(upcoming):
    upcoming.begin()
    assert await coming(upcoming) == A
    upcoming.rest()
    upcoming.begin()
    assert await coming(upcoming) == A


async def test_the_work_before_is_that_before_what_plays_though_another_was_handed_out(upcoming):
    upcoming.begin()
    for _ in range(2):
        await coming(upcoming)
        playing = upcoming.take()
    assert playing == B
    assert await coming(upcoming) == C
    upcoming.turn_back(B)
    assert await coming(upcoming) == A
    upcoming.take()
    assert await coming(upcoming) == B


async def test_what_comes_next_is_that_behind_what_was_taken_up_again(upcoming):
    upcoming.begin()
    assert await coming(upcoming) == A
    assert await upcoming.resume("b") == B
    assert await coming(upcoming) == C


async def test_a_change_makes_void_what_was_handed_out(upcoming, reel):
    upcoming.begin()
    await coming(upcoming)
    reel.change(C)
    with anyio.fail_after(5):
        while upcoming.work != C:  # noqa: ASYNC110 - as above
            await anyio.sleep(0.001)


async def test_a_change_does_not_wait_for_a_work_that_is_still_being_made(upcoming, reel):
    reel.delay_s = 60
    upcoming.begin()
    await anyio.sleep(0.02)
    reel.delay_s = 0
    reel.change(B)
    assert await coming(upcoming) == B


async def test_where_there_is_none_it_is_asked_for_again_and_again(upcoming, reel):
    reel.change()
    upcoming.begin()
    with anyio.fail_after(5):
        while not upcoming.empty:  # noqa: ASYNC110 - as above
            await anyio.sleep(0.001)
    reel.works.append(A)
    assert await coming(upcoming) == A
    assert not upcoming.empty
