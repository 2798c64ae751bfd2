"""The presence board's own binary, in a simulated ATmega328P in a simulated room.

Spoken with by the daemon's own session over a serial port. Time is the chip's throughout.
"""

import contextlib
import itertools
import math

import msgspec
import pytest

from lantern.link.framing import LONGEST_PAYLOAD, Frame, encode
from lantern.link.messages import NOTHING_MM, Echo, Lamp, Latched, Light, Report, Reset
from lantern.link.serial import SerialPort, Wiring
from support.boards import AT_FIRST, Host, SimulatedBoard

STANDS_MM = (50, 75, 123, 300, 499, 777, 1000, 1234, 1500, 1999, 2500, 2750, 3001, 3333, 3500)
BAR_MM = 5
BAR_S = 0.080


@pytest.fixture
def board():
    with SimulatedBoard() as board:
        yield board


@pytest.fixture
def host(board):
    with Host(board) as host:
        host.until(lambda report: report.echo is Echo.BEYOND)
        yield host


def measures(report: Report) -> bool:
    return report.echo is Echo.MEASURED


def percentile(values: list[float], of_100: int) -> float:
    return sorted(values)[math.ceil(len(values) * of_100 / 100) - 1]


# What it measures --------------------------------------------------------------------------------


@pytest.mark.parametrize("celsius", [-5, 5, 15, 25, 35, 45])
def test_distances_are_right_within_5_mm_in_cold_and_in_hot_air(board, host, celsius):
    board.order(f"air {celsius}")
    host.live(2100, 20)  # a thermometer is looked at each second
    wrong_mm = {}
    for stands_mm in STANDS_MM:
        board.stand(stands_mm)
        host.live(180, 20)
        wrong_mm[stands_mm] = host.latest.distance_mm - stands_mm
    assert not host.latest.assumed
    assert abs(host.latest.air_dc - 10 * celsius) <= 5
    assert max(map(abs, wrong_mm.values())) <= BAR_MM, wrong_mm


@pytest.mark.parametrize(
    ("order", "echo"),
    [
        ("distance beyond", Echo.BEYOND),
        ("distance 4200", Echo.BEYOND),
        ("distance 15", Echo.BLIND),
        ("echo dead", Echo.DEAD),
        ("echo stuck", Echo.STUCK),
    ],
)
def test_nothing_in_reach_too_near_no_echo_and_a_stuck_line_are_told_apart(
    board, host, order, echo
):
    board.stand(1000)
    host.until(measures)
    board.order(order)
    host.until(lambda report: report.echo is echo)
    host.live(400)
    assert {report.echo for _, report in host.reports[-5:]} == {echo}
    assert host.latest.distance_mm == NOTHING_MM
    board.order("echo good")
    board.stand(1000)
    assert host.until(measures) < 0.4
    assert host.latest.distance_mm == pytest.approx(1000, abs=BAR_MM)


def test_an_echo_line_that_stays_high_within_a_ping_is_stuck(board, host):
    board.stand(3000)
    pings = board.pings
    while board.pings == pings:
        host.live(1, 1)
    host.live(2, 1)  # the echo line is high now, and would be for 15 ms more
    board.order("echo stuck")
    assert host.until(lambda report: report.echo is Echo.STUCK, step_ms=1) < 0.27


def test_without_a_thermometer_the_air_is_taken_for_20_degrees(board, host):
    board.order("air -5")
    board.order("thermometer off")
    host.until(lambda report: bool(report.assumed))
    assert host.latest.air_dc == 200
    board.order("thermometer on")
    host.until(lambda report: not report.assumed)
    assert host.latest.air_dc == pytest.approx(-50, abs=5)


def test_motion_alone_is_somebody_where_it_is_configured_to_be(board, host):
    board.order("motion 1")
    host.until(lambda report: bool(report.motion))
    assert not host.latest.present
    host.session.wish(msgspec.structs.replace(AT_FIRST, motion=1))
    host.until(lambda report: bool(report.present))
    board.order("motion 0")
    assert host.until(lambda report: not report.present, step_ms=1) < 0.01


def test_where_no_motion_detector_is_nobody_moves(board, host):
    host.session.wish(msgspec.structs.replace(AT_FIRST, motion=1))
    board.order("detector off")
    host.live(200)
    seen = len(host.reports)
    host.live(1000, 1)
    assert not any(report.motion or report.present for _, report in host.reports[seen:])
    board.order("detector on")
    board.order("motion 1")
    host.until(lambda report: bool(report.present))


def test_the_lamp_is_on_while_somebody_is_there(board, host):
    assert not board.is_lit
    board.stand(800)
    host.until(lambda report: bool(report.present))
    assert board.is_lit


# How fast it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize("stands_mm", [500, 1500])
def test_who_comes_is_reported_within_80_ms(board, host, stands_mm):
    took_s = []
    for phase_ms in range(AT_FIRST.interval_ms):
        board.stand(None)
        host.live(150, 25)
        host.live(phase_ms, 1)
        assert not host.latest.present
        board.stand(stands_mm)
        took_s.append(host.until(lambda report: bool(report.present), step_ms=1))
    assert percentile(took_s, 99) <= BAR_S, sorted(took_s)


# How it begins, and begins anew ------------------------------------------------------------------


@pytest.mark.parametrize("bootloader", ["off", "on"])
@pytest.mark.parametrize(
    ("order", "reset"),
    [
        ("power", Reset.POWER),
        ("brownout", Reset.BROWN_OUT),
        ("reset", Reset.EXTERNAL),
        ("upset", Reset.WATCHDOG),
        ("stray", Reset.WATCHDOG),
        ("hang on", Reset.WATCHDOG),
    ],
)
def test_the_reason_of_a_reset_is_told(board, host, order, reset, bootloader):
    board.order(f"bootloader {bootloader}")
    conversations = host.session.greeted
    board.order(order)
    host.live(2000)
    assert host.session.greeted == conversations + 1
    assert host.session.hello.reset is reset
    assert not host.session.fault(board.now_s)


@pytest.mark.parametrize("bootloader", ["off", "on"])
def test_a_reset_that_was_asked_for_is_told_once(board, host, bootloader):
    board.order(f"bootloader {bootloader}")
    host.session.restart()
    host.live(1000)
    assert host.session.greeted == 2
    assert host.session.hello.reset is Reset.ASKED
    board.order("reset")
    host.live(1000)
    assert host.session.hello.reset is Reset.EXTERNAL


@pytest.mark.parametrize("order", ["upset", "hang on"])
def test_the_watchdog_bites_a_second_after_measuring_has_stopped(board, host, order):
    board.order(order)
    board.run(100)
    pings = board.pings
    board.run(800)
    assert board.pings == pings
    board.run(300)
    assert board.pings > pings


def test_the_watchdog_spares_a_board_that_measures_as_seldom_as_it_may(board, host):
    host.session.wish(msgspec.structs.replace(AT_FIRST, interval_ms=500))
    for order in ("distance beyond", "echo dead", "echo stuck", "echo good"):
        board.order(order)
        host.live(4000, 50)
    assert host.session.greeted == 1


def test_a_chip_that_was_frozen_goes_on_where_it_stood(board, host):
    board.stand(1000)
    host.until(lambda report: bool(report.present))
    board.order("freeze")
    with pytest.raises(ValueError, match="not possible now"):
        board.run(10)
    board.order("thaw")
    host.live(200)
    assert host.latest.present
    assert host.session.greeted == 1


# Whom it speaks with -----------------------------------------------------------------------------


def test_a_board_left_alone_flashes_and_goes_on_measuring(board, host):
    board.stand(1000)
    host.until(lambda report: bool(report.present))
    host.close()
    board.run(2800)
    assert board.is_lit  # somebody is there
    board.run(300)
    lit = []
    for _ in range(300):
        board.run(20)
        lit.append(board.is_lit)
    flashes = sum(now and not before for before, now in itertools.pairwise(lit))
    assert flashes == 2
    assert sum(lit) < 30  # shortly
    pings = board.pings
    board.run(1000)
    assert board.pings >= pings + 20


def test_a_new_host_finds_presence_as_the_last_one_left_it(board, host):
    board.stand(1000)
    host.until(lambda report: bool(report.present))
    host.close()
    board.stand(1800)  # between the thresholds: who came anew there would not count
    board.run(5000)
    with Host(board, first=100) as other:
        other.live(300)
        assert other.session.hello.reset is Reset.POWER
        assert other.session.hello.latched is Latched.HOST_SILENT
        reports = [report for _, report in other.reports]
        assert all(report.present for report in reports)
        assert reports[-1].at_ms > 5000
        assert not reports[-1].alone
        assert board.is_lit


def test_whoever_speaks_at_another_speed_hears_and_says_rubbish(board, host):
    host.close()
    stranger = SerialPort(board.device, Wiring(baud=9600))
    with contextlib.closing(stranger):
        stranger.write(b"\0".join([b"rubbish"] * 10))
        board.run(500)
        heard = stranger.read(0.1)
        assert heard
    with Host(board, first=100) as other:
        other.live(300)
        assert other.session.is_met
        assert other.latest.spoiled > 0


def test_a_hundred_frames_in_a_row_all_arrive_whole(board, host):
    frame = encode(Frame(7, 0x7F, bytes(range(1, LONGEST_PAYLOAD + 1))))
    host.say(frame * 100)
    host.live(500)
    assert host.latest.spoiled == 0
    host.say(frame[:-2] + b"\0")
    host.live(100)
    assert host.latest.spoiled == 1
    assert host.session.is_met


def test_a_torn_byte_spoils_its_frame_though_it_may_read_right(board, host):
    host.live(200)
    board.order("tear")
    host.session.wish(Lamp(Light.ON))
    host.until(lambda report: report.spoiled == 1)
    host.live(300)
    assert host.session.is_met
    assert board.is_lit


def test_whole_frames_that_find_no_room_are_missed(board, host):
    host.live(200)
    board.order("hang on")
    frame = encode(Frame(7, 0x7F, bytes(26)))
    assert len(frame) == 32  # two of them fill the room, so that none of the rest leaves a part
    host.say(frame * 10)
    board.run(50)
    board.order("hang off")
    host.until(lambda report: report.spoiled == 1)
    host.live(500)
    assert host.session.is_met
    assert host.session.greeted == 1


@pytest.mark.parametrize("heard_before", [0, 192])
def test_frames_that_find_no_room_are_missed_wherever_the_room_begins(board, heard_before):
    stranger = SerialPort(board.device, Wiring(baud=115200))
    with contextlib.closing(stranger):
        stranger.write(bytes(heard_before))
        board.run(100)
        board.order("hang on")
        stranger.write(encode(Frame(7, 0x7F, bytes(26))) * 10)
        board.run(50)
        board.order("hang off")
        board.run(50)
    with Host(board) as host:
        host.live(200)
        assert host.latest.spoiled == 1
