"""The show in the real daemon, as far as it needs no screen: projector, hours, orders, faults."""

from __future__ import annotations

import json
import shutil
import signal
import socket
from collections.abc import Iterator

import pytest

from lantern.control import client
from lantern.control.protocol import GetShow, Showing
from support.house import House

PROJECTOR = """
[projector]
by = "simulated"
warm_s = 1
cool_s = 1
minimum_off_s = 0
[sound]
release_db_s = 60
[hours]
needs_ntp = false
"""


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    house = House(tmp_path, further=PROJECTOR)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def showing(house: House) -> Showing:
    answer = client.ask(house.config.paths.control_socket, GetShow())
    assert isinstance(answer, Showing)
    return answer


def test_a_projector_alone_follows_hours_and_orders_and_these_outlive_a_kill(house):
    house.start()
    house.wait(lambda: showing(house).is_open, "it is open by the hours")
    told = house.run("show", "close")
    assert told.returncode == 0
    assert 'kept closed until "lantern show auto"' in told.stdout
    house.stop(signal.SIGKILL)
    house.start()
    house.wait(lambda: showing(house).mode == "closed", "it is closed, as was ordered")
    assert showing(house).power == "off"
    assert json.loads(house.run("show", "auto", "--json").stdout)["doors"] == "auto"
    house.wait(lambda: showing(house).power == "warming", "the lamp is lit")
    assert house.status().notices == ()
    assert "\nshow: " in house.run("status").stdout
    assert house.stop() == 0


def test_what_cannot_be_obeyed_is_refused_with_the_reason(house):
    house.start()
    house.wait(lambda: showing(house).is_open, "it is open")
    idle, unplanned = "nothing is on the screen to obey", "no programme is configured"
    for words, reason in ((["next"], idle), (["pause"], idle), (["play", "dogs"], unplanned)):
        told = house.run("show", *words)
        assert told.returncode == 4
        assert reason in told.stderr
    wrong = house.run("show", "next", "dogs")
    assert wrong.returncode == 2
    assert "did you mean play?" in wrong.stderr


def test_a_daemon_without_a_show_says_so_and_has_none_of_its_parts(tmp_path):
    house = House(tmp_path)
    with house.running():
        house.wait(lambda: house.status().running, "it runs")
        told = house.run("show")
        assert told.returncode == 4
        assert "set show.programme" in told.stderr
        assert house.status().show is None


def test_a_show_that_cannot_be_set_up_is_told_and_the_daemon_goes_on(tmp_path):
    further = '[projector]\nby = "rs232"\ndevice = "/dev/null"\ntable = "/nowhere/table.toml"\n'
    house = House(tmp_path, further=further)
    told = house.run("config", "check")
    assert told.returncode == 3
    assert "/nowhere/table.toml" in told.stderr
    with house.running():
        house.wait_notice("the projector is left alone: ")
        assert showing(house).power is None
        assert house.stop() == 0


def test_the_doctor_looks_for_the_player_and_at_what_the_projector_is_to_be_told(tmp_path):
    further = '[show]\nprogramme = "all"\n[programmes.all]\nphotos = "all"\n' + PROJECTOR
    house = House(tmp_path, further=further)

    def findings():
        told = json.loads(house.run("doctor", "--json").stdout)["findings"]
        return {one["subject"]: (one["good"], one["sentence"], one["fix"]) for one in told}

    missing = findings()
    assert missing["projector"] == (True, 'switched by "simulated"', "")
    assert not missing["player"][0]
    assert "lantern-screen" in missing["player"][2] or "apt install mpv" in missing["player"][2]
    if shutil.which("mpv"):
        path = house.config.paths.screen_socket
        path.parent.mkdir()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            assert findings()["player"] == (True, f"mpv listens at {path}", "")
