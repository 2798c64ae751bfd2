"""A projector is kept as it is wished for, and holds up nobody."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

import anyio
import pytest

from lantern.hardware.ports import Power, ProjectorState
from lantern.hardware.projector.pjlink import PJLinkProjector
from lantern.hardware.projector.simulated import Make, Projection, SimulatedProjector
from lantern.kiosk import keeper as keepers
from lantern.kiosk.keeper import Keeper
from lantern.kiosk.lamp import Care
from lantern.noticeboard import Noticeboard
from support.projectors import PJLinkTwin

pytestmark = pytest.mark.anyio

CARE = Care(warm_s=0.02, cool_s=0.02, minimum_off_s=0.01)
MAKE = Make(warm_s=0.01, cool_s=0.01)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("ASK_S", 0.002), ("LATEST_S", 0.02), ("_FIRST_RETRY_S", 0.002)):
        monkeypatch.setattr(f"lantern.kiosk.lamp.{name}", seconds)


class Kept:
    """A simulated projector, its keeper, and what the keeper put up."""

    def __init__(self) -> None:
        self.model = Projection(MAKE, anyio.current_time())
        self.board = Noticeboard()
        projector = SimulatedProjector(self.model, anyio.current_time)
        self.keeper = Keeper(projector, CARE, self.board, anyio.current_time)

    async def until(self, power: Power) -> None:
        await eventually(lambda: self.power is power)

    @property
    def power(self) -> Power | None:
        state = self.keeper.report[0]
        return state.power if state else None


async def eventually(so: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not so():  # noqa: ASYNC110 - the keeper has no event for tests alone
            await anyio.sleep(0.001)


@pytest.fixture
async def kept() -> AsyncIterator[Kept]:
    kept = Kept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(kept.keeper.run)
        yield kept
        tasks.cancel_scope.cancel()


async def test_the_lamp_follows_the_wish(kept: Kept):
    kept.keeper.wish(True)
    await kept.until(Power.ON)
    kept.keeper.wish(False)
    await kept.until(Power.OFF)
    assert kept.model.hot_strikes == 0


async def test_a_projector_that_does_not_answer_is_reported_and_switched_once_it_does(kept: Kept):
    await kept.until(Power.OFF)
    kept.model.deaf = True
    kept.keeper.wish(True)
    await eventually(lambda: bool(kept.board.notices))
    assert "does not answer: the projector does not answer" in kept.board.notices[0]
    assert kept.keeper.report[0] == ProjectorState(power=Power.OFF, lamp_hours=(0,))
    kept.model.deaf = False
    await kept.until(Power.ON)
    await eventually(lambda: not kept.board.notices)


async def test_a_lamp_that_does_not_light_is_reported(kept: Kept):
    kept.model.lose_lamp(anyio.current_time())
    kept.keeper.wish(True)
    await eventually(lambda: bool(kept.board.notices))
    assert kept.board.notices == ("the projector reports trouble: lamp",)


class Hanging:
    """A projector whose line blocks for ever."""

    closed = False

    async def state(self) -> ProjectorState:
        await anyio.sleep_forever()
        raise AssertionError

    async def switch(self, *, on: bool) -> None:
        raise AssertionError(on)

    async def choose(self, source: str) -> None:
        raise AssertionError(source)

    async def close(self) -> None:
        self.closed = True


async def test_a_line_that_hangs_is_given_up_and_let_go_of_at_the_end(monkeypatch):
    monkeypatch.setattr(keepers, "CALL_S", 0.01)
    projector, board = Hanging(), Noticeboard()
    keeper = Keeper(projector, CARE, board)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(keeper.run)
        keeper.wish(True)
        await eventually(lambda: bool(board.notices))
        tasks.cancel_scope.cancel()
    assert board.notices == ("the projector does not answer: no answer within 0.01 s",)
    assert projector.closed
    assert keeper.report == (None, None)


async def test_a_projector_is_kept_over_a_real_wire_that_breaks_now_and_then():
    twin = PJLinkTwin(Projection(MAKE, time.monotonic()), time.monotonic)
    twin.password = "secret"
    board = Noticeboard()
    with twin.serving() as port:
        projector = PJLinkProjector("127.0.0.1", port, "secret")
        care = Care(warm_s=0.02, cool_s=0.02, minimum_off_s=0.01, input="32")
        keeper = Keeper(projector, care, board)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(keeper.run)
            keeper.wish(True)
            await eventually(lambda: twin.model.input == "32")
            twin.noise.reset = True
            await eventually(lambda: bool(board.notices))
            keeper.wish(False)
            twin.noise.reset = False
            await eventually(lambda: not twin.model.lit and not board.notices)
            tasks.cancel_scope.cancel()
    assert twin.model.hot_strikes == twin.model.early_douses == 0
