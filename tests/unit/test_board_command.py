"""`lantern board`, and what the daemon answers it over a real control socket."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import msgspec
import pytest
from anyio.from_thread import start_blocking_portal

from lantern import boards as composition
from lantern.__main__ import main
from lantern.boards import BoardKeeper
from lantern.cli.board import chosen
from lantern.cli.board_told import lines
from lantern.config import Config, load
from lantern.control import client, server
from lantern.control.protocol import (
    Boards,
    CalibrateBoard,
    GetBoards,
    RestartBoard,
    decode_question,
    encode,
)
from lantern.errors import ConfigError, DeviceFault, ProtocolError, StateUnavailable, Unavailable
from lantern.hardware import calibration
from lantern.health.checks import unusable
from lantern.link.board_state import BoardState

STATE = BoardState(
    sensor="front",
    device="/dev/lantern-board",
    connected=True,
    firmware="1.0.0",
    reset="brown_out",
    latched="nothing",
    present=True,
    echo="measured",
    metres=0.842,
    air_c=21.5,
    offset_mm=-12,
    up_s=7265.0,
    round_trip_ms=3.4,
    greeted=2,
    spoiled_here=1,
    spoiled_there=3,
)
AWAY = BoardState("back", "/dev/ttyACM7", fault="presence board on /dev/ttyACM7: says nothing")

CONFIG = """
[photos]
root = "{folder}/photos"
[paths]
state = "{folder}/state"
runtime = "{folder}"
[[sensors]]
name = "front"
by = "board"
device = "{folder}/front"
[[sensors]]
name = "back"
by = "board"
device = "{folder}/back"
"""


class Measuring:
    """A board that stands before a wall, measures it `wrong_mm` too far, and does what it is told.

    `swings` is what keeps it from being calibrated, `ill` the trouble that it is in.
    """

    def __init__(
        self, name: str, device: str, *, wrong_mm: int = 0, swings: str = "", ill: str = ""
    ) -> None:
        self._state = msgspec.structs.replace(
            STATE, sensor=name, device=device, offset_mm=0, fault=ill
        )
        self._wrong_mm, self._swings = wrong_mm, swings

    @property
    def name(self) -> str:
        return self._state.sensor

    def open(self, post: object) -> None: ...

    def close(self) -> None: ...

    def state(self) -> BoardState:
        return self._state

    def restart(self) -> None:
        self._state = msgspec.structs.replace(
            self._state, reset="asked", up_s=0.1, greeted=self._state.greeted + 1
        )

    def calibrate(self, metres: float) -> int:
        if self._swings:
            raise DeviceFault(self._swings)
        self._state = msgspec.structs.replace(self._state, offset_mm=-self._wrong_mm, metres=metres)
        return -self._wrong_mm


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    for name in ("photos", "state"):
        (tmp_path / name).mkdir()
    file = tmp_path / "lantern.toml"
    file.write_text(CONFIG.format(folder=tmp_path))
    return file


@pytest.fixture
def config(config_file: Path) -> Config:
    return load(config_file)


@contextlib.contextmanager
def daemon(config: Config, *boards: Measuring) -> Iterator[None]:
    """Look after `boards` behind the control socket, as the daemon does."""
    keeper = BoardKeeper(boards, config.paths.calibration)

    async def listen(stop: anyio.Event, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(server.serve, config.paths.control_socket, keeper.answer)
            task_status.started()
            await stop.wait()
            tasks.cancel_scope.cancel()

    with start_blocking_portal() as portal:
        stop = portal.call(anyio.Event)
        done, _ = portal.start_task(listen, stop)
        try:
            yield
        finally:
            portal.call(stop.set)
            done.result()


def both(config: Config) -> tuple[Measuring, Measuring]:
    front, back = (section.device for section in config.boards)
    return Measuring("front", front, wrong_mm=17), Measuring("back", back)


def outcome(capsys: pytest.CaptureFixture[str], file: Path, *words: str) -> tuple[int, str, str]:
    status = main(["--config", str(file), "board", *words])
    told = capsys.readouterr()
    return status, told.out, told.err


# Words --------------------------------------------------------------------------------------------


def test_all_of_a_board_is_told_in_sentences():
    assert lines(STATE) == [
        "board front on /dev/lantern-board: connected, firmware 1.0.0",
        "up 2 h 1 min, last reset: brown out",
        "somebody is there: 0.84 m",
        "air 21.5 °C; -12 mm are added to each distance",
        "round trip 3 ms, conversations begun: 2, spoiled frames: 1 here, 3 there",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"present": False, "echo": "beyond", "metres": None}, "nobody is there: nothing within"),
        ({"echo": "blind", "metres": None}, "somebody is there: something is nearer than"),
        ({"motion": True}, "somebody is there: 0.84 m, motion"),
        ({"echo": "not_yet"}, "somebody is there: not measured yet"),
        ({"air_c": 20.0, "air_assumed": True}, "air 20.0 °C, assumed: it has no thermometer;"),
        ({"round_trip_ms": None}, "round trip unknown,"),
        ({"up_s": 59.9}, "up 59 s, last reset"),
        ({"up_s": 3599.0}, "up 59 min 59 s, last reset"),
        ({"up_s": 400_000.0}, "up 4 d 15 h, last reset"),
        ({"echo": "stuck"}, "somebody was there last: its echo line is stuck"),
        ({"present": False, "echo": "dead"}, "nobody was there last: its ultrasonic sensor does"),
        ({"latched": "host_silent"}, "was in its safe state before this conversation: host silent"),
        ({"fault": "the echo line\nstays high"}, "trouble: the echo line\ufffdstays high"),
    ],
)
def test_what_is_odd_is_told(changes, line):
    told = lines(msgspec.structs.replace(STATE, **changes))
    assert any(one.startswith(line) for one in told), told


def test_of_a_board_that_is_not_there_only_the_reason_is_told():
    assert lines(AWAY) == [
        "board back on /dev/ttyACM7: NOT connected",
        "trouble: presence board on /dev/ttyACM7: says nothing",
    ]


# Which board --------------------------------------------------------------------------------------


def test_all_boards_are_meant_unless_one_is_named_by_its_sensor_or_its_device(config, tmp_path):
    def names(**words):
        return [one.name for one in chosen(config, words.get("sensor"), words.get("device"))]

    assert names() == ["front", "back"]
    assert names(sensor="back") == ["back"]
    (tmp_path / "link").symlink_to(tmp_path / "back")
    assert names(device=str(tmp_path / "link")) == ["back"]


def test_a_device_that_is_no_sensors_is_a_board_without_a_name_or_that_of_the_sensor_named(config):
    (bare,) = chosen(config, None, "/dev/ttyACM9")
    assert (bare.name, bare.device) == ("", "/dev/ttyACM9")
    (borrowed,) = chosen(config, "back", "/dev/ttyACM9")
    assert (borrowed.name, borrowed.device) == ("back", "/dev/ttyACM9")


def test_an_unknown_sensor_and_no_board_at_all_are_refused_with_what_to_do(config):
    with pytest.raises(ConfigError, match=r"expected the name of a board \(front, back\)"):
        chosen(config, "door", None)
    none = msgspec.structs.replace(config, sensors=())
    with pytest.raises(ConfigError, match=r"--device /dev/ttyACM0"):
        chosen(none, None, None)


def test_which_of_two_boards_is_to_begin_anew_must_be_said(config_file, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--config", str(config_file), "board", "reset"])
    assert caught.value.code == 2
    assert "--sensor with one of front, back" in capsys.readouterr().err


@pytest.mark.parametrize("metres", ["0", "0.09", "3.6", "nan", "near", "1,5"])
def test_a_distance_that_no_board_can_measure_is_refused(metres, config_file, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--config", str(config_file), "board", "calibrate", metres])
    assert caught.value.code == 2
    assert "expected metres from 0.1 to 3.5" in capsys.readouterr().err


# The daemon answers -------------------------------------------------------------------------------


def test_the_daemon_tells_of_its_boards(config, config_file, capsys):
    with daemon(config, *both(config)):
        status, out, _ = outcome(capsys, config_file, "status")
        assert status == 0
        assert [line for line in out.splitlines() if line.startswith("board ")] == [
            f"board {section.name} on {section.device}: connected, firmware 1.0.0"
            for section in config.boards
        ]
        status, out, _ = outcome(capsys, config_file, "status", "--sensor", "back", "--json")
    (told,) = json.loads(out)["boards"]
    assert (status, told["sensor"], told["metres"], told["fault"]) == (0, "back", 0.842, "")
    assert set(told) == {field.name for field in msgspec.structs.fields(BoardState)}


def test_the_daemon_has_a_board_begin_anew(config, config_file, capsys):
    front, back = both(config)
    with daemon(config, front, back):
        status, out, _ = outcome(capsys, config_file, "reset", "--sensor", "back")
    assert (status, out) == (
        0,
        f"board back on {back.state().device}: began anew, firmware 1.0.0\n",
    )
    assert (front.state().reset, back.state().reset) == ("brown_out", "asked")


def test_the_daemon_calibrates_a_board_and_keeps_what_it_found_beside_the_others(
    config, config_file, capsys
):
    calibration.keep(config.paths.calibration, "back", 4)
    with daemon(config, *both(config)):
        status, out, _ = outcome(capsys, config_file, "calibrate", "1.5", "--sensor", "front")
        assert (status, out.splitlines()[0].split(": ")[1]) == (
            0,
            "-17 mm are added to each distance from now on",
        )
    assert calibration.load(config.paths.calibration) == {"back": 4, "front": -17}


@pytest.mark.parametrize(
    ("what", "reason"),
    [("swings", "front: it swings by 300 mm"), ("ill", "front: its echo line stays high")],
)
def test_a_board_that_swings_or_is_in_trouble_is_not_calibrated_and_the_reason_is_told(
    config, config_file, capsys, what, reason
):
    front = Measuring("front", config.boards[0].device, **{what: reason})
    with daemon(config, front):
        status, out, err = outcome(capsys, config_file, "calibrate", "1.5", "--sensor", "front")
    assert (status, out, err) == (4, "", f"lantern: {reason}\n")
    assert not config.paths.calibration.exists()


def test_trouble_that_stays_is_told_with_what_was_done(config, config_file, capsys):
    front = Measuring("front", config.boards[0].device, ill="front: its echo line stays high")
    with daemon(config, front):
        status, out, _ = outcome(capsys, config_file, "reset", "--sensor", "front")
    assert status == 4
    assert out.endswith("began anew, firmware 1.0.0\ntrouble: front: its echo line stays high\n")


def test_an_offset_that_cannot_be_kept_is_told_of(config, config_file, capsys):
    config.paths.calibration.with_name("boards.json.new").mkdir()
    with daemon(config, *both(config)):
        status, out, err = outcome(capsys, config_file, "calibrate", "1.5", "--sensor", "front")
    assert (status, out) == (4, "")
    assert "front: -17 mm hold until the board or the daemon begins anew" in err


def test_a_board_that_the_daemon_does_not_know_is_refused(config):
    socket = config.paths.control_socket
    with daemon(config, *both(config)):
        for question in (RestartBoard("door"), CalibrateBoard("door", 1.0)):
            with pytest.raises(Unavailable, match=r"\(front, back\), got 'door'"):
                client.ask(socket, question)
        assert client.ask(socket, GetBoards()) == Boards(
            tuple(board.state() for board in both(config))
        )


@pytest.mark.parametrize("metres", [-1.0, 0.0, 3.51, 1e9])
def test_a_question_with_a_distance_that_no_board_measures_is_not_understood(metres):
    with pytest.raises(ProtocolError, match="metres"):
        decode_question(encode(CalibrateBoard("front", metres)))


def test_who_asks_is_answered_though_a_board_takes_longer_than_asking_may(config, monkeypatch):
    monkeypatch.setattr(server, "PATIENCE_S", 0.05)
    slow = Measuring("front", config.boards[0].device)
    monkeypatch.setattr(slow, "restart", lambda: time.sleep(0.3))
    with daemon(config, slow):
        assert client.ask(config.paths.control_socket, RestartBoard("front")) == Boards(
            (slow.state(),)
        )


# Without a daemon ---------------------------------------------------------------------------------


def test_without_a_daemon_a_device_that_is_not_there_is_told_in_words_and_in_json(
    config_file, capsys
):
    status, out, err = outcome(capsys, config_file, "status", "--sensor", "front")
    assert (status, err) == (4, "")
    assert "board front on " in out
    assert ": NOT connected\ntrouble: " in out
    status, out, _ = outcome(capsys, config_file, "status", "--json")
    assert status == 4
    assert [(one["connected"], bool(one["fault"])) for one in json.loads(out)["boards"]] == [
        (False, True),
        (False, True),
    ]


@pytest.mark.parametrize("words", [["reset"], ["calibrate", "1"]])
def test_without_a_daemon_nothing_is_done_with_a_device_that_is_not_there(
    words, config_file, capsys
):
    status, out, err = outcome(capsys, config_file, *words, "--sensor", "front")
    assert (status, out) == (4, "")
    assert err.startswith("lantern: ")


def test_what_is_wrong_with_a_device_is_told_once(config_file):
    command = ["-m", "lantern", "--config", str(config_file), "board", "status", "--sensor", "back"]
    done = subprocess.run(
        [sys.executable, *command], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.count("trouble: ") == 1


def test_what_was_found_of_a_board_without_a_name_cannot_be_kept_and_so_is_not_measured(
    config_file, capsys
):
    status, out, err = outcome(capsys, config_file, "calibrate", "1", "--device", "/dev/ttyACM9")
    assert (status, out) == (3, "")
    assert "--sensor NAME" in err


# What is kept, and the device ---------------------------------------------------------------------


def test_offsets_that_are_none_are_left_out_and_boards_measure_as_they_are(tmp_path):
    file = tmp_path / "boards.json"
    assert calibration.load(file) == {}
    for text in (b"", b"[]", b'{"front": 1.5}', b'{"front": 900}', b"\xff"):
        file.write_bytes(text)
        assert calibration.load(file) == {}


def test_what_is_found_is_the_boards_even_if_the_disk_refuses(tmp_path):
    board = Measuring("front", "/dev/null", wrong_mm=5)
    with pytest.raises(StateUnavailable, match=r"\+?-5 mm hold until"):
        composition.calibrate(board, 1.0, tmp_path / "gone" / "boards.json")
    assert board.state().offset_mm == -5


def test_a_device_is_looked_at_before_it_is_used(tmp_path):
    assert unusable("/dev/null") == ""
    assert "plug the board in" in unusable(str(tmp_path / "none"))
    (tmp_path / "file").touch()
    assert "expected a serial device" in unusable(str(tmp_path / "file"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use any device")
def test_a_device_that_this_user_may_not_use_is_told_with_its_group():
    forbidden = next(
        path
        for path in Path("/dev").iterdir()
        if stat.S_ISCHR(path.stat().st_mode) and not os.access(path, os.R_OK | os.W_OK)
    )
    assert f"sudo usermod -aG {forbidden.group()}" in unusable(str(forbidden))
