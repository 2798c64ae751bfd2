"""One suite for every presence sensor: what `hardware.ports` promises, before modelled rooms.

Each rig is an adapter and what it looks at. Edges and echoes come from threads of their own.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from lantern.errors import Unavailable
from lantern.hardware.board import Board as PresenceBoard
from lantern.hardware.camera import PiCamera
from lantern.hardware.camera_sensor import CameraSensor
from lantern.hardware.gpio import LineSensor, UltrasonicSensor
from lantern.hardware.motion import Motion
from lantern.hardware.pictures import FileCamera
from lantern.hardware.ports import BEAT_S, Distance, Fault, Level, PresenceSensor, Reading
from lantern.hardware.room import Spell, Trouble
from lantern.hardware.simulated import SimulatedSensor
from lantern.link.messages import Light
from support.boards import SimulatedBoard
from support.picamera import Bench
from support.pins import Board, Sonar, elsewhere
from support.sightings import Scene, fill

pytestmark = pytest.mark.filterwarnings("ignore::gpiozero.exc.GPIOZeroWarning")

PATIENCE_S = 10.0  # nobody is hasty on a busy machine
NEAR_M = 1.0
QUICK = partial(Motion, learning_s=0.5, still_s=0.5)


def nothing() -> None:
    """Do nothing."""


class Rig(msgspec.Struct):
    """A sensor, and what may happen to it; None for what cannot."""

    sensor: PresenceSensor
    come: Callable[[], None] | None = None
    go: Callable[[], None] = nothing
    spoil: Callable[[], None] | None = None
    mend: Callable[[], None] = nothing
    lose: Callable[[], None] | None = None
    find: Callable[[], None] = nothing


def ultrasonic(folder: Path) -> Iterator[Rig]:
    board = Board()
    sonar = Sonar(board)
    sensor = UltrasonicSensor("front", trigger=23, echo=24, reach_m=2.0, pins=board.pins)
    yield Rig(
        sensor,
        come=partial(setattr, sonar, "metres", 0.8),
        go=partial(setattr, sonar, "metres", 1.9),
        spoil=partial(setattr, sonar, "dead", True),
        mend=partial(setattr, sonar, "dead", False),
        lose=partial(setattr, board, "missing", "no /dev/gpiochip0"),
        find=partial(setattr, board, "missing", ""),
    )
    sensor.close()
    sonar.unplug()


def line(folder: Path, *, active_high: bool = True) -> Iterator[Rig]:
    board = Board()
    pin = board.line(17)
    sensor = LineSensor("front", line=17, active_high=active_high, pins=board.pins)
    yield Rig(
        sensor,
        come=lambda: elsewhere(lambda: pin.drive(active_high)),
        go=lambda: elsewhere(lambda: pin.drive(not active_high)),
        spoil=partial(setattr, pin, "broken", True),
        mend=partial(setattr, pin, "broken", False),
        lose=partial(setattr, board, "missing", "no /dev/gpiochip0"),
        find=partial(setattr, board, "missing", ""),
    )
    sensor.close()


def line_to_ground(folder: Path) -> Iterator[Rig]:
    yield from line(folder, active_high=False)


def files(folder: Path) -> Iterator[Rig]:
    scene = Scene()
    empty = [scene.look(), scene.look()]
    fill(folder, *empty)
    sensor = CameraSensor("front", FileCamera(folder), QUICK)
    lost = folder.with_name("lost")
    yield Rig(
        sensor,
        come=lambda: fill(folder, scene.look(100), scene.look(130)),
        go=lambda: fill(folder, *empty),
        spoil=lambda: (folder / "0.jpg").write_bytes(b"\xff\xd8\xff nothing"),
        mend=lambda: fill(folder, *empty),
        lose=lambda: folder.rename(lost),
        find=lambda: lost.rename(folder),
    )
    sensor.close()


def picamera(folder: Path) -> Iterator[Rig]:
    bench = Bench()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "picamera2", bench.module())
        sensor = CameraSensor("front", PiCamera(0), QUICK)
        yield Rig(
            sensor,
            come=bench.walk,
            go=bench.leave,
            spoil=partial(setattr, bench, "frozen", True),
            mend=partial(setattr, bench, "frozen", False),
            lose=partial(setattr, bench, "busy", True),
            find=partial(setattr, bench, "busy", False),
        )
        sensor.close()
        assert not bench.open


def simulated(folder: Path) -> Iterator[Rig]:
    sensor = SimulatedSensor("front", spells=(Spell(Trouble.NOISY, 0, math.inf),))
    yield Rig(sensor)
    sensor.close()


def board_on_linux(folder: Path) -> Iterator[Rig]:
    yield from board(folder, "linux")


def board_in_simulator(folder: Path) -> Iterator[Rig]:
    yield from board(folder, "chip")


def board(folder: Path, kind: Literal["chip", "linux"]) -> Iterator[Rig]:
    device = folder / "lantern-board"
    with SimulatedBoard(kind, paced=True) as there:
        device.symlink_to(there.device)
        sensor = PresenceBoard(
            "front", str(device), enter_m=1.5, leave_m=2.0, motion=False, light=Light.PRESENCE
        )
        yield Rig(
            sensor,
            come=partial(there.stand, 800),
            go=partial(there.stand, 2500),
            spoil=partial(there.order, "echo dead"),
            mend=partial(there.order, "echo good"),
            lose=device.unlink,
            find=partial(device.symlink_to, there.device),
        )
        sensor.close()


RIGS = [
    *(ultrasonic, line, line_to_ground, files, picamera, simulated),
    *(board_on_linux, board_in_simulator),
]


@pytest.fixture(params=RIGS, ids=lambda rig: rig.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path / "seen"
    folder.mkdir()
    yield from request.param(folder)


class Listener:
    """What a sensor posted, when, and from which threads."""

    def __init__(self) -> None:
        self.heard: list[Reading] = []
        self.times: list[float] = []
        self.threads: set[threading.Thread] = set()
        self._more = threading.Condition()

    def __call__(self, reading: Reading) -> None:
        with self._more:
            self.times.append(time.monotonic())
            self.heard.append(reading)
            self.threads.add(threading.current_thread())
            self._more.notify_all()

    def wait(self, wanted: Callable[[Reading], bool], since: int = 0) -> Reading:
        """Return the first reading from number `since` on that is as wanted."""

        def found() -> Reading | None:
            return next(filter(wanted, self.heard[since:]), None)

        with self._more:
            assert self._more.wait_for(lambda: found() is not None, PATIENCE_S), self.heard[-5:]
            return found()

    def next(self, wanted: Callable[[Reading], bool]) -> Reading:
        """Return the first reading that comes from now on and is as wanted."""
        return self.wait(wanted, len(self.heard))


def near(reading: Reading) -> bool:
    match reading:
        case Distance(metres=metres):
            return metres is not None and metres < NEAR_M
        case Level(active=active):
            return active
    return False


def clear(reading: Reading) -> bool:
    return not isinstance(reading, Fault) and not near(reading)


def faulty(reading: Reading) -> bool:
    return isinstance(reading, Fault)


def any_word(reading: Reading) -> bool:
    return not isinstance(reading, Fault)


def test_it_speaks_at_once_and_then_at_least_each_beat_of_what_it_measured_when(rig: Rig):
    listener = Listener()
    opened = time.monotonic()
    rig.sensor.open(listener)
    listener.wait(any_word)
    time.sleep(1.2 * BEAT_S)
    rig.sensor.close()
    moments = [opened, *listener.times, time.monotonic()]
    assert max(b - a for a, b in itertools.pairwise(moments)) < BEAT_S
    assert {reading.sensor for reading in listener.heard} == {"front"} == {rig.sensor.name}
    at = [reading.at for reading in listener.heard]
    assert at == sorted(at)
    assert all(opened <= a <= b for a, b in zip(at, listener.times, strict=True))
    told = [reading.metres for reading in listener.heard if isinstance(reading, Distance)]
    assert all(metres is None or 0 <= metres < 5 for metres in told)
    assert threading.current_thread() not in listener.threads
    assert not listener.threads & set(threading.enumerate())


def test_nothing_comes_after_it_was_closed(rig: Rig):
    listener = Listener()
    rig.sensor.open(listener)
    listener.wait(any_word)
    rig.sensor.close()
    count = len(listener.heard)
    rig.sensor.close()
    if rig.come:
        rig.come()
    time.sleep(0.2)
    assert len(listener.heard) == count


def test_it_may_be_closed_before_it_was_opened(rig: Rig):
    rig.sensor.close()


def test_it_may_be_opened_again_and_then_speaks_to_whoever_opened_it(rig: Rig):
    before, after = Listener(), Listener()
    for listener in (before, after):
        rig.sensor.open(listener)
        listener.wait(any_word)
        rig.sensor.close()
    assert before.heard[-1].at < after.heard[0].at


def test_who_comes_and_goes_is_told(rig: Rig):
    if rig.come is None:
        pytest.skip("people come to it by themselves")
    listener = Listener()
    rig.sensor.open(listener)
    rig.go()
    listener.wait(clear)
    time.sleep(0.6)  # a camera learns what it sees first
    rig.come()
    listener.next(near)
    rig.go()
    listener.next(clear)


def test_what_goes_wrong_is_told_with_a_reason_and_heals_by_itself(rig: Rig):
    if rig.spoil is None:
        pytest.skip("nothing goes wrong with it")
    listener = Listener()
    rig.sensor.open(listener)
    listener.wait(any_word)
    rig.spoil()
    fault = listener.next(faulty)
    assert isinstance(fault, Fault)
    assert len(fault.reason) > 20
    time.sleep(1.2 * BEAT_S)
    rig.mend()
    listener.next(any_word)
    rig.sensor.close()
    assert max(b - a for a, b in itertools.pairwise(listener.times)) < BEAT_S


def test_what_is_not_there_is_unavailable_and_may_be_tried_again(rig: Rig):
    if rig.lose is None:
        pytest.skip("it is always there")
    listener = Listener()
    rig.lose()
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            rig.sensor.open(listener)
        assert len(str(caught.value)) > 10
    assert listener.heard == []
    rig.sensor.close()
    rig.find()
    rig.sensor.open(listener)
    listener.wait(any_word)
