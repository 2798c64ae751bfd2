"""Safe mode in a real daemon: what plays on, what rests, who says so, and how it ends."""

import json
import shutil
import signal
import urllib.request

import pytest

from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import GetShow, HidePhoto
from support.house import House, photo
from support.screen import display, needs_player, playing
from support.systemd import manager

SHOW = """
[search]
engine = "meilisearch"
url = "http://127.0.0.1:9"
key_file = "/nowhere/index.key"
search_key_file = "/nowhere/search.key"
[show]
programme = "all"
output = "window"
photo_s = 1
fade_s = 0
[programmes.all]
photos = "all"
[[sensors]]
name = "room"
by = "simulated"
"""
TOLD = "safe mode: it fell five times; the show plays and the page answers"


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """Return the folder of a house whose daemon has described two photos and ended."""
    home = tmp_path_factory.mktemp("described")
    house = House(home)
    for number in range(2):
        house.put(f"{number}.jpg", photo(number, 640, 480))
    with house.running():
        house.wait_for({"0.jpg", "1.jpg"})
        assert house.stop() == 0
    return home


@pytest.fixture
def house(tmp_path, described):
    house = House(tmp_path, further=SHOW)
    for folder in ("photos", "state"):
        shutil.copytree(described / folder, tmp_path / folder, dirs_exist_ok=True)
    shutil.copy(described / "journal", tmp_path)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def got(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read()


def showing(house):
    return client.ask(house.config.paths.control_socket, GetShow())


@needs_player
def test_the_show_plays_while_all_that_may_have_failed_rests(house, tmp_path):
    captionings = house.captionings()
    turned_on = house.run("safe-mode", "on", "it", "fell", "five", "times")
    assert turned_on.returncode == 0
    assert "next start" in turned_on.stdout
    models = f'models = "{tmp_path}/no-model"\nworkers'  # not even the model is looked at
    house.file.write_text(house.file.read_text().replace("workers", models))
    runtime = tmp_path / "run"
    runtime.mkdir()
    with (
        display(640, 480) as shown_on,
        playing(runtime, shown_on, "--ao=null", settings=house.config.show),
        house.running(),
    ):
        house.wait(lambda: showing(house).work in {"0.jpg", "1.jpg"}, "a photo plays")
        first = showing(house).work
        house.wait(lambda: showing(house).work not in {None, first}, "another photo plays")
        house.put("2.jpg", photo(2))
        house.wait(lambda: house.status().counts.discovered == 1, "the new photo is found")
        house.wait_notice(TOLD)
        assert showing(house).present is None
        assert "server" not in house.status().topics
        # What the owner hides is hidden.
        client.ask(house.config.paths.control_socket, HidePhoto(path=b"1.jpg"))
        house.wait(lambda: house.status().counts.hidden == 1, "it is hidden")
        assert house.status().counts.discovered == 1
        assert house.captionings() == captionings
        assert house.stop() == 0


def test_it_is_told_everywhere_and_stays_until_a_person_ends_it(house):
    (house.config.paths.state_folder / "safe-mode").write_text("it fell\nfive times\n")
    with manager() as systemd:
        house.environment = systemd.environment()
        with house.running():
            house.wait_notice(TOLD)
            house.wait(lambda: TOLD in systemd.status, "systemd is told")
            assert f"trouble: {TOLD}" in house.run("status").stdout
            doctor = house.run("doctor")
            assert doctor.returncode == ExitCode.UNHEALTHY
            assert f"TO DO  safe mode: {TOLD}" in doctor.stdout
            status = house.run("safe-mode", "status")
            assert (status.returncode, status.stdout) == (6, "on: it fell five times\n")
            house.stop(signal.SIGKILL)
        assert TOLD in house.run("status").stdout

        with house.running():
            house.wait_notice(TOLD)
            assert house.run("safe-mode", "off").returncode == 0
            status = house.run("safe-mode", "status")
            assert status.returncode == ExitCode.UNHEALTHY
            assert status.stdout.startswith("off\nbut the daemon that runs is in safe mode: ")
            house.stop()
        house.file.write_text(house.file.read_text().replace("meilisearch", "embedded"))
        with house.running():
            house.put("2.jpg", photo(2))
            house.wait_for({"0.jpg", "1.jpg", "2.jpg"})
            house.wait(lambda: "safe mode" not in systemd.status, "systemd is told")
            assert house.run("safe-mode", "status").stdout == "off\n"


def test_it_may_be_asked_for_once(house):
    house.options = ["--safe-mode"]
    with house.running():
        house.wait_notice("safe mode: asked for on the command line")
        assert house.stop() == 0
    house.options = []
    assert house.run("safe-mode", "status").stdout == "off\n"


def test_systemd_may_leave_the_word_where_a_service_keeps_its_state(house, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/safe-mode").write_text("")
    house.environment = {"STATE_DIRECTORY": str(tmp_path / "kept")}
    with house.running():
        house.wait_notice("safe mode: nobody left a reason; ")


def test_a_reload_does_not_end_it(house):
    house.run("safe-mode", "on")
    with manager() as systemd:
        house.environment = systemd.environment()
        with house.running():
            house.wait(lambda: systemd.count("READY=1") == 1, "it is up")
            text = house.file.read_text().replace('name = "room"', 'name = "other room"')
            house.file.write_text(text)
            house.process.send_signal(signal.SIGHUP)
            house.wait(lambda: systemd.count("READY=1") == 2, "it read the file anew")
            house.wait_notice("safe mode: a person turned it on; ")
            assert showing(house).present is None


def test_the_page_answers_and_tells(house):
    house.run("safe-mode", "on", "it fell five times")
    text = house.file.read_text().replace('engine = "meilisearch"', 'engine = "embedded"')
    house.file.write_text(text)
    with house.running(), house.page() as address:
        assert json.loads(got(f"{address}/api/search?q="))["total"] == 2
        words = b"Lantern is in safe mode after failures"
        house.wait(lambda: words in got(f"{address}/status"), "visitors are told")
