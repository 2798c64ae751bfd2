"""`scripts/board flash` by a programmer that is none, `monitor` of a board that is simulated."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.boards import FIRMWARE, SimulatedBoard

SCRIPTS = Path(__file__).parents[2] / "scripts/boards"
HEEDING_CTRL_C = ("env", "--default-signal=INT")  # whoever started the tests may ignore it
AVRDUDE = """\
#!/bin/sh
echo "$@" >> {asked}
case "$*" in *"-b {baud} "*) echo "avrdude: Device signature = 0x1e950f"; exit {code};; esac
echo "avrdude error: programmer is not responding"
exit 1
"""


@pytest.fixture
def device():
    ours, theirs = os.openpty()
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def flash(tmp_path, device):
    """Flash by a programmer whose board answers at `baud` alone; return how it went."""

    def run(baud: int, code: int = 0, onto: str = device) -> tuple[int, str, list[str]]:
        asked = tmp_path / "asked"
        asked.touch()
        programmer = tmp_path / "avrdude"
        programmer.write_text(AVRDUDE.format(asked=asked, baud=baud, code=code))
        programmer.chmod(0o755)
        done = subprocess.run(
            [SCRIPTS / "flash", onto],
            check=False,
            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.returncode, done.stderr, asked.read_text().splitlines()

    return run


def test_a_newer_bootloader_is_asked_at_its_speed_alone(flash, device):
    code, _, asked = flash(115200)
    assert code == 0
    assert len(asked) == 1
    assert f"-P {device}" in asked[0]
    assert f"flash:w:{FIRMWARE}/lantern-board.hex:i" in asked[0]


def test_an_older_bootloader_is_found_and_warned_of(flash):
    code, said, asked = flash(57600)
    assert code == 0
    assert len(asked) == 2
    assert "cannot bear the watchdog" in said


def test_where_no_bootloader_answers_the_cable_and_the_button_are_named(flash):
    code, said, _ = flash(9600)
    assert code == 1
    assert "programmer is not responding" in said
    assert "no bootloader answers at 115200 or 57600 baud" in said


def test_a_bootloader_that_fails_is_not_asked_at_another_speed(flash):
    code, said, asked = flash(115200, code=1)
    assert code == 1
    assert len(asked) == 1
    assert "answered, but the firmware was not taken" in said


def test_a_device_that_is_not_there_is_named(flash):
    code, said, asked = flash(115200, onto="/dev/no-board")
    assert code == 1
    assert "/dev/no-board: no such device" in said
    assert not asked


def test_a_device_that_somebody_listens_to_is_left_alone(flash, device):
    with subprocess.Popen(["flock", device, "sleep", "60"]) as holder:
        while not held(device):
            pass
        code, said, asked = flash(115200)
        holder.kill()
    assert code == 1
    assert "somebody listens to it; sudo systemctl stop lantern" in said
    assert not asked


def held(device: str) -> bool:
    return subprocess.run(["flock", "--nonblock", device, "true"], check=False).returncode != 0


def test_the_monitor_of_no_device_says_how_to_name_one():
    done = subprocess.run(
        [sys.executable, SCRIPTS / "monitor.py", "/dev/no-board"],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert "name its device: scripts/board monitor /dev/ttyUSB0" in done.stderr
    assert "daemon" not in done.stderr


def test_the_simulated_board_is_named_as_the_daemons_configuration_wants_it():
    with simulate(SCRIPTS / "simulate.py") as scene:
        assert scene.stdout
        lines = list(itertools.takewhile(lambda line: "nobody is there" not in line, scene.stdout))
        scene.send_signal(signal.SIGINT)
        scene.communicate(timeout=30)
    assert scene.returncode == 0
    toml = tomllib.loads("".join(line for line in lines if line.startswith("    ")))
    assert toml["sensors"][0]["by"] == "board"
    assert Path(toml["sensors"][0]["device"]).parent == Path("/dev/pts")


@pytest.mark.parametrize("life", ["exit 1", "echo pty /dev/pts/none; read order; echo ok"])
def test_a_simulator_that_ends_is_told_of_in_words(tmp_path, life):
    (tmp_path / "scripts/boards").mkdir(parents=True)
    script = Path(shutil.copy(SCRIPTS / "simulate.py", tmp_path / "scripts/boards"))
    simulator = tmp_path / "build/firmware/lantern-simulator"
    simulator.parent.mkdir(parents=True)
    simulator.write_text(f"#!/bin/sh\n{life}\n")
    simulator.chmod(0o755)
    with simulate(script) as scene:
        _, told = scene.communicate(timeout=30)
    assert scene.returncode == 1
    assert told == "scripts/board simulate: it ended; run scripts/board build\n"


def simulate(script: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*HEEDING_CTRL_C, sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_monitor_shows_what_both_sides_say():
    command = [*HEEDING_CTRL_C, sys.executable, SCRIPTS / "monitor.py"]
    with SimulatedBoard(paced=True) as board:
        with subprocess.Popen(
            [*command, board.device], stdout=subprocess.PIPE, text=True
        ) as monitor:
            assert monitor.stdout
            lines = [next(monitor.stdout)]
            while "echo=BEYOND" not in lines[-1] and len(lines) < 100:
                lines.append(next(monitor.stdout))
            monitor.send_signal(signal.SIGINT)
            monitor.communicate(timeout=30)
        assert monitor.returncode == 0
    assert "> " in lines[0]
    assert "Greet session=" in lines[0]
    assert "reset=POWER" in "".join(lines)
    assert "Configure interval_ms=50 enter_mm=1500" in "".join(lines)
    assert "Report session=" in lines[-1]
