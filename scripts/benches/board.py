"""How soon the presence board tells of a step before it: in the chip's time, and the host's share.

The chip is simulated, cycle by cycle, and runs the firmware's own binary; its line is a real one to
the daemon's session. Time is the chip's there, so that a busy machine changes nothing. People step
to where they count as there at every moment of the interval of 50 ms, and away again, out of reach.
`come_*` takes those who come to 0.5, 1 and 1.5 m together; `come_far_*` is 3.5 m, whose echo takes
longer; `go_*` is until nobody is there. All are from the step to the last byte of the report.

`host_*` is real time, on this machine: from the last byte of a report on the line until the sensor
posts it, through pyserial, the session and the adapter's thread. `callback_p99_ms` is the sum of
both 99th percentiles, which is more than their sum's. From there on `scripts/bench presence` hears
how long the show takes; with --board it hears all of it at once, in real time.
"""

import argparse
import os
import platform
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

import msgspec
from figure_bars import tell_figures

from lantern.hardware.board import Board
from lantern.link.messages import Light
from support.boards import AT_FIRST, Host, SimulatedBoard
from support.splice import spliced

BARS = {"come_p99_ms": 80.0, "callback_p99_ms": 80.0}

NEAR_MM, FAR_MM = (500, 1000, 1500), 3500
PATIENCE_S = 10.0


def steps(places_mm, enter_mm, rounds):
    """Return how many milliseconds each step to a place, and each away, took to be told."""
    configure = msgspec.structs.replace(
        AT_FIRST, enter_mm=enter_mm, leave_mm=min(4000, enter_mm + 300)
    )
    came, went = [], []
    with SimulatedBoard("chip") as board, Host(board, configure) as host:
        host.until(lambda report: host.session.is_met and not report.present)
        for number in range(rounds):
            for place_mm in places_mm:
                host.live(120, 10)
                host.live(1 + number % AT_FIRST.interval_ms, 1)
                board.stand(place_mm)
                came.append(1000 * host.until(lambda report: bool(report.present), step_ms=1))
                host.live(120, 10)
                host.live(1 + number % AT_FIRST.interval_ms, 1)
                board.stand(None)
                went.append(1000 * host.until(lambda report: not report.present, step_ms=1))
    return came, went


def shares(rounds):
    """Return how many milliseconds the host took from a report's last byte until it was posted."""
    sent, posted, took = [], threading.Event(), []

    def pass_on(data):
        if data.endswith(b"\0"):
            sent.append(time.monotonic())
        return data

    def post(_):
        took.append(1000 * (time.monotonic() - sent[-1]))
        if len(took) >= rounds:
            posted.set()

    with SimulatedBoard("linux", paced=True) as there, spliced(there.device) as splice:
        splice.up = pass_on
        board = Board(
            "board", splice.device, enter_m=1.5, leave_m=2.0, motion=False, light=Light.OFF
        )
        board.open(post)
        if not posted.wait(PATIENCE_S + rounds / 10):
            raise SystemExit(f"expected {rounds} reports, got {len(took)}: {board.state().fault}")
        board.close()
    return took


def percentile(values, share):
    """Return a percentile, rounded up to a value that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(rounds):
    """Return what was measured."""
    came, went = steps(NEAR_MM, 1600, rounds)
    far, _ = steps((FAR_MM,), FAR_MM + 100, rounds)
    host = shares(rounds)
    return {
        "steps": len(came),
        "come_p50_ms": percentile(came, 0.5),
        "come_p99_ms": percentile(came, 0.99),
        "come_far_p99_ms": percentile(far, 0.99),
        "go_p50_ms": percentile(went, 0.5),
        "go_p99_ms": percentile(went, 0.99),
        "host_p50_ms": percentile(host, 0.5),
        "host_p99_ms": percentile(host, 0.99),
        "callback_p99_ms": percentile(came, 0.99) + percentile(host, 0.99),
        "load_average": os.getloadavg()[0],
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench board",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=100, help="steps to each place (100)")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    if asked.rounds < 1:
        raise SystemExit(f"expected at least 1 round, got {asked.rounds}")
    figures = {
        name: round(float(value), 2) if isinstance(value, float) else value
        for name, value in measure(asked.rounds).items()
    }
    tell_figures(figures, BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
