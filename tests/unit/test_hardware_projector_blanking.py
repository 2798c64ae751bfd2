"""A display without a signal, and a player that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, Refused
from lantern.hardware.projector.blanking import BlankedDisplay
from lantern.hardware.projector.simulated import Make, Projection
from support.projectors import Clock, SysfsTwin

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[SysfsTwin]:
    clock = Clock()
    make = Make(warm_s=1e-6, cool_s=1e-6, candid=False, protects=False, inputs=())
    twin = SysfsTwin(Projection(make, clock.now), clock)
    twin.model.switch(clock.now, on=True)
    with twin.mounted(tmp_path):
        yield twin


def display(folder: Path, connector: str = "") -> BlankedDisplay:
    return BlankedDisplay(connector, folder, settle_s=0.2)


async def test_the_signal_is_turned_off_and_on_by_the_consoles_framebuffer(twin, tmp_path):
    shown = display(tmp_path, "HDMI-A-1")
    await shown.switch(on=False)
    assert (await shown.state()).power is Power.OFF
    await shown.switch(on=True)
    assert (await shown.state()).power is Power.ON
    assert twin.heard == ["4", "0"]


async def test_a_display_that_the_player_holds_is_not_said_to_be_off(twin, tmp_path):
    twin.master = True
    shown = display(tmp_path)
    with pytest.raises(Refused, match="the player holds it; it has to let go first"):
        await shown.switch(on=False)
    assert (await shown.state()).power is Power.ON
    twin.master = False
    await shown.switch(on=False)
    assert (await shown.state()).power is Power.OFF


async def test_what_is_so_is_not_written_again(twin, tmp_path):
    await display(tmp_path).switch(on=True)
    assert twin.heard == []


async def test_an_unplugged_display_is_told(twin, tmp_path):
    twin.connected = False
    twin.sync()
    with pytest.raises(Unavailable, match="nothing is connected"):
        await display(tmp_path).state()


async def test_another_connector_than_the_one_asked_for_is_not_taken(twin, tmp_path):
    with pytest.raises(Unavailable, match="display at HDMI-A-2: nothing is connected"):
        await display(tmp_path, "HDMI-A-2").switch(on=False)
    assert twin.heard == []


async def test_a_framebuffer_that_may_not_be_written_is_told_with_the_next_step(twin, tmp_path):
    other = tmp_path / "other"
    (other / "class").mkdir(parents=True)
    (other / "class/drm").symlink_to(tmp_path / "class/drm")
    with pytest.raises(Unavailable, match=r"fb0/blank cannot be written"):
        await display(other).switch(on=False)


async def test_a_machine_without_a_display_driver_is_told(tmp_path):
    with pytest.raises(Unavailable, match="nothing is connected"):
        await display(tmp_path).state()
