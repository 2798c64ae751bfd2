"""`lantern board`, the doctor and the metrics of a board on a line, with a real daemon and without.

The board is the firmware's core behind a pseudo-terminal, in a room with physics.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lantern.catalog.reader import CatalogReader
from lantern.gather import Gatherer
from support.boards import SimulatedBoard
from support.house import House

SENSOR = """
[[sensors]]
name = "front"
by = "board"
device = "{device}"
"""
SHOW = """
[projector]
by = "simulated"
[hours]
needs_ntp = false
"""


@pytest.fixture
def board() -> Iterator[SimulatedBoard]:
    with SimulatedBoard("linux", paced=True) as board:
        yield board


@pytest.fixture
def house(tmp_path, board) -> Iterator[House]:
    house = House(tmp_path, further=SENSOR.format(device=board.device) + SHOW)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def told(house: House, *words: str) -> tuple[int, dict[str, Any]]:
    """Return the exit status of `lantern board`, and the one board that it tells of."""
    run = house.run("board", *words, "--json")
    assert run.stdout, run.stderr
    (state,) = json.loads(run.stdout)["boards"]
    return run.returncode, state


def sees(house: House, metres: float) -> bool:
    state = house.status().boards[0]
    return state.metres is not None and abs(state.metres - metres) < 0.005


def findings(house: House) -> dict[str, tuple[bool, str, str]]:
    """Return what the doctor says of boards."""
    found = json.loads(house.run("doctor", "--json").stdout)["findings"]
    return {
        one["subject"]: (one["good"], one["sentence"], one["fix"])
        for one in found
        if one["subject"].startswith("board")
    }


def metrics(house: House) -> dict[str, float]:
    gatherer = Gatherer(house.config, CatalogReader.open(house.config.paths.catalog))
    text = gatherer.metrics().decode()
    families = text_string_to_metric_families(text)
    return {s.name: s.value for family in families for s in family.samples if "board" in s.name}


def test_the_running_daemon_tells_of_its_board_restarts_and_calibrates_it(house, board):
    board.stand(1012)
    house.start()
    house.wait(lambda: house.status().boards[0].connected, "the board is heard")
    house.wait(lambda: sees(house, 1.012), "it measures who stands there")
    code, state = told(house, "status")
    assert (code, state["present"], state["echo"], state["offset_mm"]) == (0, True, "measured", 0)
    assert 0 < state["round_trip_ms"] < 1000
    words = house.run("board", "status").stdout
    assert f"board front on {board.device}: connected, firmware {state['firmware']}\n" in words
    assert "somebody is there: 1.01 m\n" in words

    code, anew = told(house, "reset")
    assert (code, anew["reset"], anew["connected"]) == (0, "asked", True)
    assert anew["greeted"] > state["greeted"]
    house.wait(lambda: sees(house, 1.012), "it measures on")

    code, better = told(house, "calibrate", "1.0")
    assert (code, better["offset_mm"]) == (0, pytest.approx(-12, abs=2))
    house.wait(lambda: sees(house, 1.0), "it measures what it was told")
    house.stop(signal.SIGKILL)
    board.order("power")
    house.start()
    house.wait(lambda: house.status().boards[0].connected, "the board is heard again")
    house.wait(lambda: sees(house, 1.0), "what calibration found outlives daemon and board")
    assert house.stop() == 0


def test_a_board_that_falls_silent_is_told_everywhere_and_so_is_its_return(house, board):
    house.start()
    house.wait(lambda: house.status().boards[0].connected, "the board is heard")
    assert metrics(house)["lantern_board_connected"] == 1
    board.order("freeze")
    house.wait_notice("front")
    house.wait(lambda: not house.status().boards[0].connected, "it is lost")
    code, state = told(house, "status")
    assert (code, state["connected"]) == (4, False)
    assert board.device in state["fault"]
    assert state["fault"] in house.run("show").stdout
    found = findings(house)["board front"]
    assert (found[0], "; ".join(found[1:])) == (False, state["fault"])
    assert metrics(house)["lantern_board_connected"] == 0
    refused = house.run("board", "calibrate", "1.0")
    assert (refused.returncode, refused.stdout) == (4, "")
    board.order("thaw")
    house.wait_no_notice()
    assert told(house, "status")[0] == 0
    assert metrics(house)["lantern_board_conversations_total"] >= 1


def test_without_a_daemon_the_command_opens_the_device_itself(house, board):
    board.stand(1488)
    code, state = told(house, "status")
    assert (code, state["connected"], state["metres"]) == (0, True, pytest.approx(1.488, abs=0.005))
    assert findings(house) == {
        "board": (True, f"{board.device}: there, and the daemon's user may use it", ""),
        "board front": (True, f"speaks, firmware {state['firmware']}", ""),
    }
    assert told(house, "reset")[1]["reset"] == "asked"
    house.config.paths.state_folder.mkdir()
    assert told(house, "calibrate", "1.5")[1]["offset_mm"] == pytest.approx(12, abs=2)
    code, kept = told(house, "status", "--device", board.device)
    assert (code, kept["metres"]) == (0, pytest.approx(1.5, abs=0.005))


def test_beside_a_daemon_without_a_show_the_command_opens_the_device_itself(tmp_path, board):
    board.stand(600)
    house = House(tmp_path, further=SENSOR.format(device=board.device))
    with house.running():
        house.wait(lambda: house.status().running, "it runs")
        code, state = told(house, "status")
    assert (code, state["sensor"], state["present"]) == (0, "front", True)


def test_a_board_on_the_bench_needs_no_sensor_in_the_configuration(tmp_path, board):
    house = House(tmp_path)
    assert house.run("board", "status").returncode == 3
    code, state = told(house, "status", "--device", board.device)
    assert (code, state["sensor"], state["connected"]) == (0, "", True)
