"""Sensors and button on GPIO lines, by gpiozero as it is, on lines that behave as real ones."""

import itertools
import os
import statistics
import subprocess
import sys
import time

import pytest

from lantern.errors import Unavailable
from lantern.hardware.gpio import RATE_HZ, Button, LineSensor, UltrasonicSensor
from lantern.hardware.ports import Fault, Level
from lantern.hardware.sampling import MISSES
from support.pins import Board, Sonar, elsewhere

pytestmark = pytest.mark.filterwarnings("ignore::gpiozero.exc.GPIOZeroWarning")


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def sonar(board):
    sonar = Sonar(board)
    yield sonar
    sonar.unplug()


def heard(sensor, seconds):
    """Return what the sensor says within that time."""
    said = []
    sensor.open(said.append)
    time.sleep(seconds)
    sensor.close()
    return said


def ultrasonic(board, reach_m=4.0):
    return UltrasonicSensor("front", trigger=23, echo=24, reach_m=reach_m, pins=board.pins)


def gap_s(said):
    return statistics.median(b.at - a.at for a, b in itertools.pairwise(said))


@pytest.mark.parametrize("metres", [0.05, 1.0, 3.9])
def test_an_ultrasonic_sensor_measures_at_least_25_times_a_second(board, sonar, metres):
    sonar.metres = metres
    said = heard(ultrasonic(board), 0.8)
    assert 25 <= 1 / gap_s(said) < RATE_HZ + 2
    assert statistics.median(reading.metres for reading in said) == pytest.approx(metres, abs=0.001)


def test_where_nothing_echoes_it_says_so_as_often_as_it_can(board, sonar):
    said = heard(ultrasonic(board), 0.8)
    assert {reading.metres for reading in said} == {None}
    assert gap_s(said) < 0.045  # the echo line is high for 38 ms of it


def test_what_is_beyond_the_reach_counts_as_nothing(board, sonar):
    sonar.metres = 1.2
    assert {reading.metres for reading in heard(ultrasonic(board, reach_m=1.0), 0.3)} == {None}


def test_the_last_echo_is_not_told_again_when_none_comes(board, sonar):
    said = []
    sonar.metres = 0.5
    sensor = ultrasonic(board)
    sensor.open(said.append)
    time.sleep(0.2)
    sonar.metres = None
    time.sleep(0.2)
    sensor.close()
    assert said[0].metres == pytest.approx(0.5, abs=0.001)
    assert said[-1].metres is None


def test_the_time_of_a_distance_is_that_of_its_ping(board, sonar):
    sonar.metres = 3.0
    said = heard(ultrasonic(board), 0.5)
    late_ms = [1000 * (ping - reading.at) for ping, reading in zip(sonar.pings, said, strict=False)]
    assert statistics.median(late_ms) < 5


def test_a_dead_one_is_a_fault_that_is_told_seldom(board, sonar):
    sonar.dead = True
    said = heard(ultrasonic(board), 1.4)
    assert MISSES < len(said) <= MISSES + 3
    assert all(isinstance(one, Fault) and "power" in one.reason for one in said)


def test_one_echo_that_is_missed_costs_no_rest(board, sonar):
    sonar.metres, said = 1.0, []
    sensor = ultrasonic(board)
    sensor.open(said.append)
    time.sleep(0.2)
    sonar.dead = True
    time.sleep(0.15)
    sonar.dead = False
    time.sleep(0.3)
    sensor.close()
    missed = [reading.at for reading in said if isinstance(reading, Fault)]
    back = min(reading.at for reading in said if reading.at > missed[-1])
    assert 1 <= len(missed) < MISSES
    assert back - missed[-1] < 0.3


def test_an_echo_line_that_stays_high_is_a_fault(board, sonar):
    sonar.stuck = True
    reasons = {one.reason for one in heard(ultrasonic(board), 0.4)}
    assert any("stays high" in reason for reason in reasons)


def test_two_ping_in_turn_so_that_none_hears_the_other(board, sonar):
    sonar.metres = 1.0
    other_board = Board()
    other_sonar = Sonar(other_board)
    other_sonar.metres = 2.0
    said, other_said = [], []
    sensor, other = ultrasonic(board), ultrasonic(other_board)
    sensor.open(said.append)
    other.open(other_said.append)
    time.sleep(0.6)
    sensor.close()
    other.close()
    other_sonar.unplug()
    pings = sorted(
        (at, at + length_s)
        for one, length_s in ((sonar, 2 / 343), (other_sonar, 4 / 343))
        for at in one.pings
    )
    assert len(pings) > 20
    assert all(a_end < b_start for (_, a_end), (b_start, _) in itertools.pairwise(pings))


def test_a_line_that_another_device_has_is_unavailable_by_name(board, sonar):
    first = LineSensor("door", line=24, active_high=True, pins=board.pins)
    first.open(lambda _: None)
    with pytest.raises(Unavailable, match=r"sensor front: .*GPIO24.*"):
        ultrasonic(board).open(lambda _: None)
    first.close()
    assert heard(ultrasonic(board), 0.1)


@pytest.mark.parametrize("number", [30, 53])
def test_a_line_that_a_raspberry_pi_does_not_lead_out_is_unavailable(board, number):
    with pytest.raises(Unavailable, match=str(number)):
        LineSensor("door", line=number, active_high=True, pins=board.pins).open(lambda _: None)


@pytest.mark.parametrize(("active_high", "pull"), [(True, "down"), (False, "up")])
def test_a_line_is_pulled_to_where_nobody_is(board, active_high, pull):
    sensor = LineSensor("door", line=17, active_high=active_high, pins=board.pins)
    said = heard(sensor, 0.1)
    assert board.line(17).pull == pull
    assert not any(reading.active for reading in said)


def test_an_edge_is_told_within_milliseconds(board):
    said, edges = [], []
    sensor = LineSensor("door", line=17, active_high=True, pins=board.pins)
    sensor.open(said.append)
    for number in range(40):
        time.sleep(0.01)
        edges.append(time.monotonic())
        elsewhere(lambda level=number % 2 == 0: board.line(17).drive(level))
    time.sleep(0.1)
    sensor.close()
    changes = [b.at for a, b in itertools.pairwise(said) if a.active != b.active]
    late_ms = [1000 * (told - edge) for edge, told in zip(edges, changes, strict=True)]
    assert statistics.median(late_ms) < 10


def test_a_line_that_stays_as_it_is_is_told_four_times_a_second(board):
    said = heard(LineSensor("door", line=17, active_high=True, pins=board.pins), 1.1)
    assert 4 <= len(said) <= 6
    assert {type(reading) for reading in said} == {Level}


def test_a_button_is_heard_when_it_is_pressed_and_not_when_it_is_let_go(board):
    pressed = []
    button = Button(27, board.pins)
    for presses in (1, 2):
        button.open(pressed.append)
        assert board.line(27).pull == "up"
        before = time.monotonic()
        elsewhere(lambda: board.line(27).drive(False))
        elsewhere(lambda: board.line(27).drive(True))
        assert len(pressed) == presses
        assert before <= pressed[-1] <= time.monotonic()
        button.close()
        button.close()
        elsewhere(lambda: board.line(27).drive(False))
        elsewhere(lambda: board.line(27).drive(True))
        assert len(pressed) == presses


def test_a_button_without_gpio_is_unavailable(board):
    board.missing = "no /dev/gpiochip0"
    with pytest.raises(Unavailable, match="gpiochip0"):
        Button(27, board.pins).open(lambda _: None)


REAL = """
from lantern.errors import Unavailable
from lantern.hardware.gpio import Pins
try:
    Pins().driver()
except Unavailable as error:
    print(error)
else:
    print("this is a Raspberry Pi")
"""


def test_a_machine_without_gpio_says_what_is_missing(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", REAL], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    if "this is a Raspberry Pi" in run.stdout:
        pytest.skip("it has GPIO")
    assert "expected a Raspberry Pi" in run.stdout
    assert "/dev/gpiochip0" in run.stdout


def test_where_lgpio_cannot_have_its_pipe_it_says_what_to_do(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", REAL],
        cwd=tmp_path,
        env={**os.environ, "LG_WD": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "WorkingDirectory=" in run.stdout
