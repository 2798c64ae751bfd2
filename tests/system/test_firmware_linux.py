"""The board as a process on Linux: the core of the firmware, with a room modelled around it.

Spoken with by the daemon's own session over a serial port. Time is the board's throughout.
"""

import pytest

from lantern.link.framing import Deframer
from lantern.link.messages import Echo, Reset
from lantern.link.serial import SerialPort, Wiring
from support.boards import Host, SimulatedBoard


@pytest.fixture
def board():
    with SimulatedBoard("linux") as board:
        yield board


@pytest.fixture
def host(board):
    with Host(board) as host:
        host.until(lambda report: report.echo is Echo.BEYOND)
        yield host


@pytest.mark.parametrize("celsius", [-5, 20, 45])
def test_distances_are_right_within_5_mm_in_cold_and_in_hot_air(board, host, celsius):
    board.order(f"air {celsius}")
    host.live(1100, 20)  # a thermometer is looked at each second
    wrong_mm = {}
    for stands_mm in range(50, 3501, 345):
        board.stand(stands_mm)
        host.live(180, 20)
        wrong_mm[stands_mm] = host.latest.distance_mm - stands_mm
    assert not host.latest.assumed
    assert max(map(abs, wrong_mm.values())) <= 5, wrong_mm


def test_the_same_orders_give_the_same_run(board):
    for order in ("distance 1234", "air 31.5", "run 5000", "motion 1", "distance beyond"):
        board.order(order)
    board.run(60_000)
    first = board.order("time"), board.order("lamp")
    with SimulatedBoard("linux") as again:
        for order in ("distance 1234", "air 31.5", "run 5000", "motion 1", "distance beyond"):
            again.order(order)
        again.run(60_000)
        assert (again.order("time"), again.order("lamp")) == first


@pytest.mark.parametrize(
    ("order", "echo"),
    [
        ("distance beyond", Echo.BEYOND),
        ("distance 15", Echo.BLIND),
        ("echo dead", Echo.DEAD),
        ("echo stuck", Echo.STUCK),
    ],
)
def test_what_is_wrong_with_an_echo_is_told(board, host, order, echo):
    board.stand(1000)
    host.until(lambda report: report.echo is Echo.MEASURED)
    board.order(order)
    assert host.until(lambda report: report.echo is echo) < 0.2


@pytest.mark.parametrize(
    ("order", "why"),
    [("power", Reset.POWER), ("reset", Reset.EXTERNAL), ("brownout", Reset.BROWN_OUT)],
)
def test_the_reason_of_a_reset_is_told(board, host, order, why):
    board.order(order)
    host.live(3000)
    assert host.session.hello is not None
    assert host.session.hello.reset is why


def test_where_no_motion_detector_is_nobody_moves(board, host):
    board.order("motion 1")
    host.until(lambda report: bool(report.motion))
    board.order("detector off")
    host.until(lambda report: not report.motion)


def test_a_frozen_board_says_nothing_and_its_time_stands(board, host):
    board.order("freeze")
    stood_s = board.now_s
    with pytest.raises(ValueError, match="not possible now: run 1000"):
        board.run(1000)
    assert board.now_s == stood_s
    board.order("thaw")
    board.run(1000)
    assert board.now_s == pytest.approx(stood_s + 1)


def test_a_host_at_another_speed_hears_only_rubbish(board, host):
    host.close()
    port = SerialPort(board.device, Wiring(baud=9600))
    board.run(1000)
    rubbish = port.read(0)
    port.close()
    assert rubbish
    assert list(Deframer().feed(rubbish)) == []


@pytest.mark.parametrize(
    "order", ["", "sing", "distance", "distance near", "distance nan", "lamp on", "motion 2"]
)
def test_an_order_that_is_none_is_refused_and_changes_nothing(board, order):
    before = board.order("time"), board.is_lit
    with pytest.raises(ValueError, match="error not understood"):
        board.order(order)
    assert (board.order("time"), board.is_lit) == before
