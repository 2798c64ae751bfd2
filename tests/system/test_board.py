"""The presence board as the show hears it, through everything that happens to a serial line.

All is real: the daemon's adapter, pyserial, a pseudo-terminal, and behind it the firmware: the
chip's own binary in a simulator, or its core on Linux. A `Splice` is a hand on the line.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from lantern.errors import DeviceFault, Unavailable
from lantern.hardware import board as adapter
from lantern.hardware.board import Board
from lantern.hardware.ports import BEAT_S, Fault, Level, Reading
from lantern.link.framing import Deframer, Frame, encode
from lantern.link.messages import DICTIONARY_HASH, Hello, Light, told
from lantern.link.serial import Wiring
from support.boards import SimulatedBoard
from support.splice import Plug, Splice, spliced

PATIENCE_S = 20.0  # nobody is hasty on a busy machine
NMEA = b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"


class Heard:
    """What the board posted."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._more = threading.Condition()

    def __call__(self, reading: Reading) -> None:
        with self._more:
            self.readings.append(reading)
            self._more.notify_all()

    def next(self, wanted: Callable[[Reading], bool]) -> Reading:
        """Return the first reading from now on that is as wanted."""
        since = len(self.readings)
        with self._more:
            assert self._more.wait_for(lambda: any(map(wanted, self.readings[since:])), PATIENCE_S)
            return next(filter(wanted, self.readings[since:]))

    def faults(self, since: int = 0) -> list[Fault]:
        return [reading for reading in self.readings[since:] if isinstance(reading, Fault)]


def present(reading: Reading) -> bool:
    return isinstance(reading, Level) and reading.active


def away(reading: Reading) -> bool:
    return isinstance(reading, Level) and not reading.active


def level(reading: Reading) -> bool:
    return isinstance(reading, Level)


def saying(words: str) -> Callable[[Reading], bool]:
    return lambda reading: isinstance(reading, Fault) and words in reading.reason


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(params=["linux", "chip"])
def kind(request) -> str:
    return request.param


@pytest.fixture
def there(kind) -> Iterator[SimulatedBoard]:
    with SimulatedBoard(kind, paced=True) as board:
        yield board


@pytest.fixture
def on_linux() -> Iterator[SimulatedBoard]:
    with SimulatedBoard("linux", paced=True) as board:
        yield board


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def plug(tmp_path: Path) -> Plug:
    return Plug(tmp_path / "lantern-board")


@pytest.fixture
def boards() -> Iterator[Callable[..., Board]]:
    """Make boards, and close them."""
    with contextlib.ExitStack() as stack:

        def make(device: object, **changes: object) -> Board:
            options = {"enter_m": 1.5, "leave_m": 2.0, "motion": False, "light": Light.PRESENCE}
            made = Board("front", str(device), **{**options, **changes})
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture
def hasty(monkeypatch) -> None:
    """Wait for no board for longer than must be."""
    monkeypatch.setattr(adapter, "ANSWER_S", 2.2)
    monkeypatch.setattr(adapter, "STALE_S", 2.1)


# The line comes and goes --------------------------------------------------------------------------


def test_a_board_that_is_unplugged_is_told_each_beat_and_heard_again_when_it_is_back(
    kind, there, heard, plug, boards
):
    plug.put(there.device)
    board = boards(plug.path)
    board.open(heard)
    heard.next(away)
    plug.pull()
    there.close()
    pulled = heard.next(saying("check the adapter and its cable"))
    time.sleep(2.2 * BEAT_S)
    assert not board.state().connected
    assert board.state().fault == heard.readings[-1].reason
    with SimulatedBoard(kind, paced=True) as again:
        again.stand(1000)
        plug.put(again.device)
        back = heard.next(present)
        assert board.state().connected
        assert board.state().greeted == 2
        board.close()
    between = [one.at for one in heard.readings if pulled.at <= one.at <= back.at]
    assert len(between) > 4
    assert max(b - a for a, b in itertools.pairwise(between)) < BEAT_S


@pytest.mark.usefixtures("hasty")
def test_another_gadget_in_the_place_of_the_board_is_quoted_until_the_board_is_back(
    on_linux, heard, plug, boards
):
    plug.put(on_linux.device)
    board = boards(plug.path)
    board.open(heard)
    heard.next(level)
    with spliced() as gadget, talking(gadget, NMEA):
        plug.put(gadget.device)
        on_linux.order("freeze")
        heard.next(saying('got "$GPGGA,123519'))
        plug.put(on_linux.device)  # the gadget still talks: its line does not break
        on_linux.order("thaw")
        heard.next(level)
    assert board.state().connected


@pytest.mark.usefixtures("hasty")
def test_a_gadget_that_is_no_board_does_not_open_and_is_quoted(heard, boards):
    with spliced() as gadget, talking(gadget, NMEA):
        board = boards(gadget.device)
        with pytest.raises(Unavailable, match=r'115200 baud, got "\S*GPGGA.*see which device'):
            board.open(heard)
    assert heard.readings == []
    assert "GPGGA" in board.state().fault


@pytest.mark.usefixtures("hasty")
def test_a_line_where_nothing_speaks_does_not_open(heard, boards):
    with spliced() as nobody:
        board = boards(nobody.device)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="says nothing; check its power and cable"):
            board.open(heard)
        assert time.monotonic() - began > adapter.ANSWER_S - 0.1
    assert heard.readings == []


def test_a_device_that_is_not_there_does_not_open_at_once(heard, boards, plug):
    board = boards(plug.path)
    with pytest.raises(Unavailable, match="No such file or directory"):
        board.open(heard)
    assert "No such file or directory" in board.state().fault


@pytest.mark.usefixtures("hasty")
def test_a_wrong_baud_rate_is_told_as_what_it_sounds_like(there, heard, boards, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(adapter, "WIRING", Wiring(baud=9600))
        board = boards(there.device)
        with pytest.raises(Unavailable, match=r"expected frames of a board at 115200 baud, got"):
            board.open(heard)
    board.open(heard)
    heard.next(level)


def test_two_do_not_share_a_line(on_linux, heard, boards):
    first, second = boards(on_linux.device), boards(on_linux.device)
    first.open(heard)
    with pytest.raises(Unavailable, match="lock"):
        second.open(heard)
    heard.next(level)


def test_who_closes_it_while_it_waits_for_an_answer_waits_no_longer(heard, boards):
    with spliced() as nobody:
        board = boards(nobody.device)
        failed = threading.Event()

        def open_it() -> None:
            with pytest.raises(Unavailable):
                board.open(heard)
            failed.set()

        opening = threading.Thread(target=open_it)
        opening.start()
        until(lambda: board._port is not None)
        began = time.monotonic()
        board.close()
        assert failed.wait(PATIENCE_S)
        assert time.monotonic() - began < adapter.ANSWER_S / 2
        opening.join()


# What is said is spoiled --------------------------------------------------------------------------


def test_garbage_before_the_first_frame_costs_nothing(there, heard, boards):
    with spliced(there.device) as splice:
        # More than once: what came before the device was opened is thrown away then.
        junk = iter([bytes(range(1, 256)) * 2] * 3)
        splice.up = lambda data: next(junk, b"") + data
        board = boards(splice.device)
        board.open(heard)
        heard.next(level)
        assert board.state().spoiled_here >= 1
        assert heard.faults() == []


def test_half_a_frame_costs_itself(there, heard, boards):
    with spliced(there.device) as splice:
        board = boards(splice.device)
        board.open(heard)
        heard.next(level)
        opened_amid = board.state().spoiled_here  # the board may speak before it is listened to
        losses = iter([1])

        def halve(data: bytes) -> bytes:
            """Cut one frame, not what happens to be read at once, which may end with a frame."""
            whole = re.search(rb"[^\0]{9,}\0", data)
            if whole is None or not next(losses, 0):
                return data
            return data[: whole.start() + 4] + data[whole.end() - 1 :]

        splice.up = halve
        until(lambda: board.state().spoiled_here == opened_amid + 1)
        for _ in range(3):
            heard.next(level)
        assert board.state().spoiled_here == opened_amid + 1
        assert board.state().greeted == 1
        assert heard.faults() == []


def test_commands_that_do_not_arrive_are_told_and_what_to_check(on_linux, heard, boards):
    with spliced(on_linux.device) as splice:
        board = boards(splice.device)
        board.open(heard)
        heard.next(level)
        splice.down = lambda _: b""
        heard.next(saying("does not answer; check the wire to its RX"))
        splice.down = lambda data: data
        heard.next(level)
        assert board.state().fault == ""


@pytest.mark.usefixtures("hasty")
def test_a_board_of_another_dictionary_is_refused_until_it_is_flashed(on_linux, heard, boards):
    with spliced(on_linux.device) as splice:
        splice.up = of_dictionary(0xDEADBEEF)
        board = boards(splice.device)
        with pytest.raises(Unavailable) as caught:
            board.open(heard)
        reason = str(caught.value)
        assert "firmware 1." in reason
        assert f"dictionary deadbeef, expected {DICTIONARY_HASH:08x}" in reason
        assert 'run "scripts/board flash"' in reason
        splice.up = lambda data: data
        board.open(heard)
        heard.next(level)


def repeating(times):
    """Return what makes of each frame that many: its bytes come a few at a time."""
    held = b""

    def treat(data):
        nonlocal held
        *frames, held = (held + data).split(b"\0")
        return b"".join((frame + b"\0") * times for frame in frames)

    return treat


def test_a_flood_is_told_costs_little_and_hides_nobody(on_linux, heard, boards):
    with spliced(on_linux.device) as splice:
        board = boards(splice.device)
        board.open(heard)
        heard.next(level)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        splice.up = repeating(25)
        until(lambda: "bytes a second, expected" in board.state().fault)
        began, posted = time.monotonic(), len(heard.readings)
        began_cpu = cpu_s(board)
        on_linux.stand(1000)
        heard.next(present)
        on_linux.stand(None)
        heard.next(away)
        time.sleep(2.0)
        passed_s = time.monotonic() - began
        assert (len(heard.readings) - posted) / passed_s < 120
        assert (cpu_s(board) - began_cpu) / passed_s < 0.5
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held - before < 300_000
        assert heard.faults() == []
        splice.up = lambda data: data
        until(lambda: board.state().fault == "")
        began = time.monotonic()
        board.close()
        assert time.monotonic() - began < 1.0


def test_a_loose_wire_is_told_each_time_but_not_logged_each_time(
    on_linux, heard, boards, caplog, monkeypatch
):
    caplog.set_level("INFO", "lantern")
    monkeypatch.setattr(adapter, "LASTS_S", 2.0)
    board = boards(on_linux.device)
    board.open(heard)
    for _ in range(3):
        on_linux.order("echo dead")
        heard.next(saying("nothing comes on its echo line"))
        on_linux.order("echo good")
        heard.next(level)
    assert "trouble" not in caplog.text
    on_linux.order("echo stuck")
    until(lambda: "presence board in trouble" in caplog.text)
    assert "its echo line stays high" in caplog.text
    on_linux.order("echo good")
    until(lambda: "presence board well" in caplog.text)
    assert caplog.text.count("presence board greeted sensor=front firmware=1.") == 1
    assert len(caplog.records) == 3


# Board and daemon begin anew ----------------------------------------------------------------------


@pytest.mark.parametrize(("order", "reason"), [("reset", "external"), ("brownout", "brown_out")])
def test_a_board_that_is_reset_is_greeted_and_configured_anew(there, heard, boards, order, reason):
    there.stand(1800)
    board = boards(there.device, enter_m=1.9, leave_m=1.95)
    board.open(heard)
    heard.next(present)
    there.order(order)
    until(lambda: board.state().reset == reason and board.state().connected)
    heard.next(present)  # by our thresholds: by its own nobody would be there
    assert not list(filter(away, heard.readings[len(heard.readings) // 2 :]))
    assert board.state().greeted == 2
    assert board.state().up_s < 5
    assert heard.faults() == []


def test_a_daemon_that_begins_anew_hears_at_once_that_somebody_is_there(there, boards):
    there.stand(1000)
    before, after = Heard(), Heard()
    first = boards(there.device)
    first.open(before)
    before.next(present)
    there.stand(1800)  # further than where somebody comes, nearer than where he has gone
    before.next(level)
    first.close()
    second = boards(there.device)
    second.open(after)
    after.next(level)
    assert {reading.active for reading in after.readings} == {True}
    assert second.state().reset == "power"


def test_a_board_that_was_left_alone_says_so(on_linux, heard, boards):
    first = boards(on_linux.device)
    first.open(heard)
    heard.next(level)
    first.close()
    time.sleep(adapter.SILENCE_MS / 1000 + 0.3)
    second = boards(on_linux.device)
    second.open(heard)
    assert second.state().latched == "host_silent"
    heard.next(level)
    assert not second.state().alone


def test_a_chip_that_stands_still_is_lost_and_heard_again(there, heard, boards):
    board = boards(there.device)
    board.open(heard)
    heard.next(level)
    there.order("freeze")
    fault = heard.next(saying('no report for 2 s; check the cable, then "lantern board reset"'))
    assert fault.reason == board.state().fault
    with pytest.raises(Unavailable, match="no report for 2 s"):
        board.restart()
    there.order("thaw")
    heard.next(level)
    assert board.state().fault == ""


def test_a_restart_is_waited_for_and_leaves_it_as_it_was(there, heard, boards):
    there.stand(1000)
    board = boards(there.device)
    board.open(heard)
    heard.next(present)
    time.sleep(0.7)
    board.restart()
    state = board.state()
    assert (state.reset, state.connected, state.greeted) == ("asked", True, 2)
    assert state.up_s < 2
    heard.next(present)
    board.restart()
    assert board.state().greeted == 3
    assert heard.faults() == []


def test_a_restart_of_which_nothing_comes_is_unavailable(on_linux, heard, boards):
    with spliced(on_linux.device) as splice:
        board = boards(splice.device)
        board.open(heard)
        splice.down = lambda _: b""
        with pytest.raises(Unavailable, match=r"did not begin anew within 0\.5 s"):
            board.restart(timeout_s=0.5)
        splice.down = lambda data: data
        heard.next(level)
        time.sleep(0.5)
        assert board.state().reset == "power"


# Calibration --------------------------------------------------------------------------------------


def test_a_calibration_corrects_distances_and_stays_when_the_board_is_reset(there, heard, boards):
    there.stand(1050)
    board = boards(there.device, offset_mm=10)
    board.open(heard)
    heard.next(present)
    until(lambda: board.state().metres == pytest.approx(1.06, abs=0.005))
    assert board.calibrate(1.0, seconds=1.0) == pytest.approx(-50, abs=5)
    until(lambda: board.state().metres == pytest.approx(1.0, abs=0.002))
    there.order("reset")
    until(lambda: board.state().greeted == 2 and board.state().connected)
    until(lambda: board.state().metres == pytest.approx(1.0, abs=0.002))
    assert board.state().offset_mm == pytest.approx(-50, abs=5)


def test_a_calibration_amid_which_the_plug_is_pulled_corrects_nothing(on_linux, heard, boards):
    on_linux.stand(1050)
    board = boards(on_linux.device)
    board.open(heard)
    heard.next(present)
    pulling = threading.Timer(1.5, on_linux.close)
    pulling.start()
    with pytest.raises(Unavailable, match="does not take its offset"):
        board.calibrate(1.0, seconds=2.0)
    pulling.join()
    assert board.state().offset_mm == 0


def test_a_calibration_says_what_is_wrong_with_what_it_measures(on_linux, heard, boards):
    board = boards(on_linux.device)
    with pytest.raises(Unavailable, match="is not opened"):
        board.calibrate(1.0)
    board.open(heard)
    with pytest.raises(DeviceFault, match="got 0; hold something flat and wide there"):
        board.calibrate(1.0, seconds=0.3)
    on_linux.stand(1300)
    heard.next(present)
    time.sleep(0.3)
    with pytest.raises(DeviceFault, match=r"within 200 mm, got one at 1\.\d+ m; see what stands"):
        board.calibrate(1.0, seconds=0.8)
    walking = threading.Thread(target=walk, args=(on_linux,))
    walking.start()
    with pytest.raises(DeviceFault, match=r"stands still, within 30 mm, got \d+ mm"):
        board.calibrate(1.3, seconds=1.0)
    walking.join()
    assert board.state().offset_mm == 0


def walk(there: SimulatedBoard) -> None:
    for place_mm in range(1300, 900, -50):
        there.stand(place_mm)
        time.sleep(0.1)


@contextlib.contextmanager
def talking(gadget: Splice, words: bytes) -> Iterator[None]:
    """Let a gadget say `words` again and again."""
    done = threading.Event()

    def talk() -> None:
        while not done.wait(0.02):
            gadget.say(words)

    thread = threading.Thread(target=talk)
    thread.start()
    yield
    done.set()
    thread.join()


def of_dictionary(number: int) -> Callable[[bytes], bytes]:
    """Let a board speak the dictionary of that `number`."""
    deframer = Deframer()

    def change(frame: Frame) -> Frame:
        if frame.type != Hello.type:
            return frame
        hello = told(frame)
        assert isinstance(hello, Hello)
        return msgspec.structs.replace(hello, dictionary=number).frame(frame.number)

    return lambda data: b"".join(encode(change(frame)) for frame in deframer.feed(data))


def cpu_s(board: Board) -> float:
    """Return how much of a core the board's thread has had."""
    assert board._thread is not None
    fields = Path(f"/proc/self/task/{board._thread.native_id}/stat").read_text().rpartition(")")[2]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / 100
