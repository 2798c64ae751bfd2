"""GPIO as the kernel and lgpio have it, on the kernel's own simulated chip (gpio-sim).

Wants root, the module gpio-sim, and no other GPIO chip. That it is no Raspberry Pi is overlooked.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.errors import Unavailable
from lantern.hardware.gpio import Button, LineSensor, Pins, UltrasonicSensor
from lantern.hardware.ports import Fault, Level

SIMULATED = Path("/sys/kernel/config/gpio-sim")
PI_4 = 0xC03115

pytestmark = [
    pytest.mark.skipif(
        not os.access(SIMULATED, os.W_OK) or Path("/dev/gpiochip0").exists(),
        reason="no simulated GPIO: wants root, gpio-sim, and no other chip",
    ),
    pytest.mark.filterwarnings("ignore::gpiozero.exc.GPIOZeroWarning"),
]


class Chip:
    """A chip with 32 lines, whose inputs are pulled up or down from outside."""

    def __init__(self) -> None:
        self._made = SIMULATED / "lantern"

    def plug_in(self) -> None:
        (self._made / "bank").mkdir(parents=True)
        (self._made / "bank" / "num_lines").write_text("32")
        (self._made / "live").write_text("1")

    def pull(self, line: int, *, up: bool) -> None:
        self._line(line, "pull").write_text("pull-up" if up else "pull-down")

    def value(self, line: int) -> bool:
        return self._line(line, "value").read_text().strip() == "1"

    def _line(self, line: int, attribute: str) -> Path:
        device = (self._made / "dev_name").read_text().strip()
        chip = (self._made / "bank" / "chip_name").read_text().strip()
        return Path("/sys/devices/platform", device, chip, f"sim_gpio{line}", attribute)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand where lgpio may have its pipe, on what says that it is a Raspberry Pi."""
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: PI_4)
    with contextlib.chdir(tmp_path):
        yield tmp_path


def test_all_that_is_done_with_lines_works_on_the_kernel_s(folder: Path) -> None:
    """One test: lgpio takes its chip once a process."""
    chip, pins = Chip(), Pins()
    with pytest.raises(Unavailable, match="/dev/gpiochip0"):
        pins.driver()
    chip.plug_in()
    _a_line_tells_of_each_edge(chip, pins)
    _a_line_that_somebody_has_is_unavailable(pins)
    _a_line_to_ground_is_pulled_up(chip, pins)
    _a_button_counts_each_press(chip, pins)
    _a_dead_sensor_and_a_stuck_one_are_faults(chip, pins)


def _a_line_tells_of_each_edge(chip: Chip, pins: Pins) -> None:
    said: list[Level] = []
    late_s = []
    sensor = LineSensor("door", line=17, active_high=True, pins=pins)
    sensor.open(said.append)
    for number in range(40):
        time.sleep(0.02)
        count, wanted, edge = len(said), number % 2 == 0, time.monotonic()
        chip.pull(17, up=wanted)
        while not any(reading.active is wanted for reading in said[count:]):
            time.sleep(0.001)
        late_s.append(time.monotonic() - edge)
    sensor.close()
    count = len(said)
    chip.pull(17, up=True)
    time.sleep(0.4)
    assert len(said) == count
    assert statistics.median(late_s) < 0.05


def _a_line_that_somebody_has_is_unavailable(pins: Pins) -> None:
    sensor = LineSensor("door", line=17, active_high=True, pins=pins)
    sensor.open(lambda _: None)
    with pytest.raises(Unavailable, match="GPIO17"):
        LineSensor("twin", line=17, active_high=True, pins=pins).open(lambda _: None)
    sensor.close()


def _a_line_to_ground_is_pulled_up(chip: Chip, pins: Pins) -> None:
    said: list[Level] = []
    sensor = LineSensor("barrier", line=18, active_high=False, pins=pins)
    sensor.open(said.append)
    time.sleep(0.3)
    assert chip.value(18)
    chip.pull(18, up=False)
    time.sleep(0.3)
    sensor.close()
    assert [said[0].active, said[-1].active] == [False, True]


def _a_button_counts_each_press(chip: Chip, pins: Pins) -> None:
    pressed: list[float] = []
    button = Button(27, pins)
    chip.pull(27, up=True)
    button.open(pressed.append)
    for _ in range(3):
        for up in (False, True):
            time.sleep(0.1)
            chip.pull(27, up=up)
    time.sleep(0.2)
    button.close()
    assert len(pressed) == 3


def _a_dead_sensor_and_a_stuck_one_are_faults(chip: Chip, pins: Pins) -> None:
    said: list[Fault] = []
    sensor = UltrasonicSensor("front", trigger=23, echo=24, reach_m=4.0, pins=pins)
    chip.pull(24, up=False)
    sensor.open(said.append)
    time.sleep(1)
    assert "power" in said[-1].reason
    chip.pull(24, up=True)
    time.sleep(1.2)
    sensor.close()
    assert "stays high" in said[-1].reason
    assert {type(reading) for reading in said} == {Fault}
