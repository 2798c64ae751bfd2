"""One suite for every projector: what `hardware.ports` promises, asked over real wires."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import msgspec
import pytest

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Projector, ProjectorState, Refused
from lantern.hardware.projector import table
from lantern.hardware.projector.blanking import BlankedDisplay
from lantern.hardware.projector.cec import CecDisplay
from lantern.hardware.projector.pjlink import PJLinkProjector
from lantern.hardware.projector.rs232 import SerialProjector
from lantern.hardware.projector.simulated import Make, Projection, SimulatedProjector
from support.projectors import (
    BenqTwin,
    CecTwin,
    Clock,
    EpsonTwin,
    PJLinkTwin,
    SysfsTwin,
    Twin,
)

pytestmark = pytest.mark.anyio

PATIENCE_S = 10.0  # nobody is hasty on a busy machine
HASTE_S = 0.5  # but those who know that no answer will come
BLUNT = Make(candid=False)
SLOW_TO_OBEY = 1e-6  # a display has no lamp: it is on and off at once


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Rig(msgspec.Struct):
    """An adapter, the projector at the other end, and what its protocol can say."""

    adapter: Projector
    model: Projection
    clock: Clock
    make: Make
    inputs: tuple[str, ...] = ()
    has_hours: bool = True
    has_troubles: bool = True
    refuses: bool = True
    after: Callable[[], None] = lambda: None

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.model.advance(self.clock.now)
        self.after()

    def let_rest(self) -> None:
        self.pass_time(self.make.warm_s + self.make.cool_s)

    def change(self, what: Callable[[float], None]) -> None:
        what(self.clock.now)
        self.after()

    async def power(self) -> Power:
        return (await self.adapter.state()).power


def simulated(folder: Path, _: float) -> Iterator[Rig]:
    make, clock = Make(), Clock()
    model = Projection(make, clock.now)
    yield Rig(SimulatedProjector(model, clock), model, clock, make, make.inputs)


def pjlink(folder: Path, patience_s: float, password: str | None = None) -> Iterator[Rig]:
    twin = _twin(PJLinkTwin, Make(inputs=("11", "31", "32")))
    twin.password = password
    with twin.serving() as port:
        adapter = PJLinkProjector("127.0.0.1", port, password, patience_s)
        yield _rig(adapter, twin, inputs=("31", "32"))


def pjlink_with_password(folder: Path, patience_s: float) -> Iterator[Rig]:
    yield from pjlink(folder, patience_s, "JBMIAProjectorLink")


def epson(folder: Path, patience_s: float) -> Iterator[Rig]:
    twin = _twin(EpsonTwin, Make(inputs=("30", "A0")))
    with twin.plugged() as device:
        yield _rig(
            SerialProjector(device, quick("epson", patience_s)), twin, inputs=("hdmi", "hdmi2")
        )


def benq(folder: Path, patience_s: float) -> Iterator[Rig]:
    make = Make(candid=False, inputs=("hdmi", "rgb"))
    twin = _twin(BenqTwin, make)
    with twin.plugged() as device:
        yield _rig(
            SerialProjector(device, quick("benq", patience_s)),
            twin,
            inputs=("hdmi", "computer"),
            has_troubles=False,
        )


def cec(folder: Path, patience_s: float) -> Iterator[Rig]:
    twin = _twin(CecTwin, Make(inputs=("1.0.0.0",), protects=False))
    with twin.on_path(folder):
        adapter = CecDisplay("/dev/cec0", PATIENCE_S)
        yield _rig(adapter, twin, has_hours=False, has_troubles=False, refuses=False)


def dpms(folder: Path, patience_s: float) -> Iterator[Rig]:
    make = Make(warm_s=SLOW_TO_OBEY, cool_s=SLOW_TO_OBEY, candid=False, protects=False, inputs=())
    twin = _twin(SysfsTwin, make)
    with twin.mounted(folder) as sysfs:
        yield _rig(
            BlankedDisplay(sysfs=sysfs, settle_s=patience_s),
            twin,
            has_hours=False,
            has_troubles=False,
            refuses=False,
            after=twin.sync,
        )


def quick(name: str, patience_s: float) -> table.Table:
    """Return a shipped table with another patience."""
    read = table.find(name)
    talk = msgspec.structs.replace(
        read.talk, timeout_s=patience_s, settle_s=min(read.talk.settle_s, 0.1)
    )
    return msgspec.structs.replace(read, talk=talk)


def _twin(kind: type[Twin], make: Make) -> Twin:
    clock = Clock()
    return kind(Projection(make, clock.now), clock)


def _rig(adapter: Projector, twin: Twin, **features: object) -> Rig:
    return Rig(adapter, twin.model, twin.clock, twin.model.make, **features)


RIGS = [simulated, pjlink, pjlink_with_password, epson, benq, cec, dpms]


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    yield from request.param(tmp_path, PATIENCE_S)


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__)
def hasty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    yield from request.param(tmp_path, HASTE_S)


async def answered(rig: Rig) -> ProjectorState:
    """Return how it is, from somebody who is as hasty as they are stubborn."""
    for _ in range(20):
        with contextlib.suppress(Unavailable):
            return await rig.adapter.state()
    return await rig.adapter.state()


async def test_a_projector_that_is_off_says_so(rig: Rig):
    assert await rig.power() is Power.OFF


async def test_one_that_is_switched_on_warms_up_and_is_on_then(rig: Rig):
    await rig.adapter.switch(on=True)
    assert rig.model.lit
    rig.pass_time(rig.make.warm_s / 2)
    assert await rig.power() is (Power.WARMING if rig.make.candid else Power.ON)
    rig.pass_time(rig.make.warm_s)
    assert await rig.power() is Power.ON


async def test_one_that_is_switched_off_cools_down_and_is_off_then(rig: Rig):
    await rig.adapter.switch(on=True)
    rig.pass_time(rig.make.warm_s + 1)
    await rig.adapter.switch(on=False)
    assert not rig.model.lit
    rig.pass_time(rig.make.cool_s / 2)
    assert await rig.power() is (Power.COOLING if rig.make.candid else Power.OFF)
    rig.pass_time(rig.make.cool_s)
    assert await rig.power() is Power.OFF


async def test_what_is_so_or_on_its_way_may_be_asked_for_again(rig: Rig):
    await rig.adapter.switch(on=False)
    await rig.adapter.switch(on=True)
    await rig.adapter.switch(on=True)
    rig.pass_time(rig.make.warm_s + 1)
    await rig.adapter.switch(on=True)
    assert await rig.power() is Power.ON
    await rig.adapter.switch(on=False)
    await rig.adapter.switch(on=False)
    rig.let_rest()
    assert await rig.power() is Power.OFF


async def test_one_that_protects_itself_refuses_while_it_warms_up_and_cools_down(rig: Rig):
    if not rig.refuses:
        pytest.skip("it has no word for a refusal")
    await rig.adapter.switch(on=True)
    with pytest.raises(Refused):
        await rig.adapter.switch(on=False)
    rig.pass_time(rig.make.warm_s + 1)
    await rig.adapter.switch(on=False)
    with pytest.raises(Refused):
        await rig.adapter.switch(on=True)
    rig.let_rest()
    await rig.adapter.switch(on=True)
    assert rig.model.hot_strikes == rig.model.early_douses == 0


async def test_an_input_that_is_chosen_is_the_one_that_is_told(rig: Rig):
    if not rig.inputs:
        pytest.skip("it cannot tell its input")
    await rig.adapter.switch(on=True)
    rig.pass_time(rig.make.warm_s + 1)
    for name in (*rig.inputs, rig.inputs[0]):
        await rig.adapter.choose(name)
        assert (await rig.adapter.state()).input == name


async def test_an_input_that_there_is_none_of_is_refused(rig: Rig):
    await rig.adapter.switch(on=True)
    rig.pass_time(rig.make.warm_s + 1)
    with pytest.raises(Refused):
        await rig.adapter.choose("99x")


async def test_no_input_is_chosen_while_the_lamp_is_off(rig: Rig):
    if not rig.inputs:
        pytest.skip("it cannot tell its input")
    with pytest.raises(Refused):
        await rig.adapter.choose(rig.inputs[0])


async def test_lamp_hours_are_told(rig: Rig):
    if not rig.has_hours:
        pytest.skip("it cannot tell lamp hours")
    await rig.adapter.switch(on=True)
    rig.pass_time(1234.5 * 3600)
    assert (await rig.adapter.state()).lamp_hours == (1234,)


async def test_one_that_overheats_goes_out_and_says_why(rig: Rig):
    await rig.adapter.switch(on=True)
    rig.pass_time(rig.make.warm_s + 1)
    assert (await rig.adapter.state()).troubles == ()
    rig.change(rig.model.stifle)
    rig.pass_time(1000)
    state = await rig.adapter.state()
    assert state.power is Power.OFF
    assert state.troubles == (("temperature",) if rig.has_troubles else ())


async def test_one_that_loses_its_lamp_goes_out_and_does_not_light_again(rig: Rig):
    if isinstance(rig.adapter, BlankedDisplay):
        pytest.skip("the kernel knows of no lamp")
    await rig.adapter.switch(on=True)
    rig.pass_time(rig.make.warm_s + 1)
    rig.change(rig.model.lose_lamp)
    rig.let_rest()
    await rig.adapter.switch(on=True)
    rig.let_rest()
    state = await rig.adapter.state()
    assert state.power is Power.OFF
    assert state.troubles == (("lamp",) if rig.has_troubles else ())


async def test_one_that_does_not_answer_is_unavailable_within_seconds_and_heard_again(hasty: Rig):
    assert (await answered(hasty)).power is Power.OFF
    hasty.change(hasty.model.unplug)
    began = time.monotonic()
    for question in (hasty.adapter.state(), hasty.adapter.switch(on=True)):
        with pytest.raises(Unavailable) as caught:
            await question
        assert not isinstance(caught.value, Refused)
    assert time.monotonic() - began < PATIENCE_S
    assert not hasty.model.lit
    hasty.change(hasty.model.plug_in)
    assert (await answered(hasty)).power is Power.OFF
    with contextlib.suppress(Unavailable):  # heard, if the answer is late
        await hasty.adapter.switch(on=True)
    assert hasty.model.lit


async def test_a_question_that_is_given_up_spoils_no_later_one(hasty: Rig):
    hasty.change(hasty.model.unplug)
    with contextlib.suppress(Unavailable), anyio.move_on_after(HASTE_S / 8):
        await hasty.adapter.state()
    hasty.change(hasty.model.plug_in)
    assert (await answered(hasty)).power is Power.OFF


async def test_the_line_may_be_let_go_of_twice_and_taken_again(rig: Rig):
    await rig.adapter.state()
    await rig.adapter.close()
    await rig.adapter.close()
    assert isinstance(await rig.adapter.state(), ProjectorState)
    await rig.adapter.close()
