"""A real daemon whose configuration is changed, mended and broken while it runs, and before."""

import io
import os
import pty
import signal
import subprocess

import pytest
from PIL import Image

from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import GetShow
from lantern.errors import Unavailable
from support.house import House, photo
from support.systemd import manager

SHOW = """
[show]
programme = "everyday"
[programmes.everyday]
photos = "all"
[[sensors]]
name = "simulated room"
by = "simulated"
"""


@pytest.fixture
def systemd():
    with manager() as listening:
        yield listening


@pytest.fixture
def house(tmp_path, systemd):
    house = House(tmp_path)
    (tmp_path / "kept").mkdir()
    house.environment = {**systemd.environment(), "STATE_DIRECTORY": str(tmp_path / "kept")}
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def reload(house, systemd):
    """Have the daemon read its file anew, and wait until it has."""
    words = "RELOADING=1\nMONOTONIC_USEC="
    done, begun = systemd.count("READY=1"), systemd.count(words)
    house.process.send_signal(signal.SIGHUP)
    house.wait(lambda: systemd.count("READY=1") > done, "it was read anew")
    assert systemd.count(words) == begun + 1


def started(house, systemd):
    before = systemd.count("READY=1")
    house.start()
    house.wait(lambda: systemd.count("READY=1") > before, "it is up")


def showing(house):
    return client.ask(house.config.paths.control_socket, GetShow())


def change(house, old, new):
    text = house.file.read_text()
    assert old in text
    house.file.write_text(text.replace(old, new))


def carries_sentence(path):
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return bool(image.getexif().get(270))  # EXIF ImageDescription


def test_a_show_comes_changes_and_goes_while_the_daemon_runs(house, systemd):
    house.put("a.jpg", photo(1))
    started(house, systemd)
    pid = house.process.pid
    with pytest.raises(Unavailable, match="there is no show"):
        showing(house)

    house.file.write_text(house.file.read_text() + SHOW)
    reload(house, systemd)
    house.wait(lambda: showing(house).programme == "everyday", "the programme is on")
    house.wait(lambda: showing(house).present is not None, "the sensor tells")

    change(house, "everyday", "night")
    change(house, "simulated room", "back room")
    house.file.write_text(house.file.read_text() + "[hours]\n" + closed_all_week())
    reload(house, systemd)
    house.wait(lambda: showing(house).programme == "night", "the other programme is on")
    house.wait(lambda: not showing(house).is_open, "it is closed now")

    change(house, SHOW.replace("everyday", "night").replace("simulated room", "back room"), "")
    reload(house, systemd)
    with pytest.raises(Unavailable, match="there is no show"):
        showing(house)
    assert house.process.pid == pid
    house.wait_no_notice()
    assert house.stop() == 0


def closed_all_week():
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return "".join(f"{day} = []\n" for day in days)


def test_the_policy_of_captions_changes_at_once_for_photos_that_are_described(house, systemd):
    house.put("a.jpg", photo(1))
    started(house, systemd)
    house.wait_for({"a.jpg"})
    house.wait_settled()
    assert not carries_sentence(house.root / "a.jpg")
    change(house, 'write = "off"', 'write = "embed"')
    reload(house, systemd)
    house.wait(lambda: carries_sentence(house.root / "a.jpg"), "the photo carries its sentence")
    change(house, 'write = "embed"', 'write = "off"')
    reload(house, systemd)
    house.put("b.jpg", photo(2))
    house.wait_for({"a.jpg", "b.jpg"})
    house.wait_settled()
    assert not carries_sentence(house.root / "b.jpg")


def test_what_wants_a_restart_is_told_until_it_had_one(house, systemd):
    started(house, systemd)
    change(house, "workers = 1", "workers = 2")
    reload(house, systemd)
    house.wait_notice("not in force before lantern is started anew: captions.workers")
    house.wait(lambda: len(house.worker_pids()) == 1, "one worker works on")
    assert house.stop() == 0
    started(house, systemd)
    house.wait(lambda: len(house.worker_pids()) == 2, "two workers work")
    house.wait_no_notice()


def test_what_wants_the_page_or_the_player_started_anew_is_told_by_status_and_doctor(
    house, systemd
):
    started(house, systemd)
    house.file.write_text(f'{house.file.read_text()}[web]\nnames = ["photos.example"]\n')
    reload(house, systemd)
    house.file.write_text(f'{house.file.read_text()}[show]\naudio = "alsa"\n')
    reload(house, systemd)
    told = {one.unit: one.options for one in house.status().outdated}
    assert told == {"lantern-web": ("web.names",), "lantern-screen": ("show.audio",)}
    assert house.status().notices == ()
    status, doctor = house.run("status").stdout, house.run("doctor").stdout
    for unit, option in (("lantern-web", "web.names"), ("lantern-screen", "show.audio")):
        words = f"{option}: changed, and not in force before {unit} is started anew"
        assert f"trouble: {words}" in status
        assert f"TO DO  config: {words}" in doctor
        assert f'-> "sudo systemctl restart {unit}"' in doctor
    house.file.write_text(house.file.read_text().replace("photos.example", "pictures.example"))
    reload(house, systemd)
    page, _ = house.status().outdated
    assert page.options == ("web.names",)
    assert page.at > house.status().outdated[1].at


def test_a_broken_file_is_refused_and_what_was_in_force_stays(house, systemd):
    started(house, systemd)
    good = house.file.read_text()
    house.file.write_text("[photos\n")
    reload(house, systemd)
    house.wait_notice("not TOML")
    house.wait_notice("what was in force stays")
    house.put("a.jpg", photo(1))
    house.wait_for({"a.jpg"})
    house.file.write_text(good)
    reload(house, systemd)
    house.wait_no_notice()


def test_a_daemon_starts_with_the_last_good_file_and_says_so_everywhere(
    house, systemd, monkeypatch
):
    monkeypatch.setenv("STATE_DIRECTORY", house.environment["STATE_DIRECTORY"])
    started(house, systemd)
    assert house.stop() == 0
    good = house.file.read_text()
    house.file.write_text(good.replace("[photos]", "[fotos]"))

    started(house, systemd)
    house.put("a.jpg", photo(1))
    house.wait_for({"a.jpg"})
    told = 'unknown option "fotos"; did you mean "photos"?; the last good configuration is used'
    house.wait_notice(told)
    house.wait(lambda: "trouble: " in systemd.status, "systemd is told")
    status = house.run("status")
    assert told in status.stderr
    assert f"trouble: {house.file}: {told}" in status.stdout
    doctor = house.run("doctor")
    assert doctor.returncode == ExitCode.UNHEALTHY
    assert f"TO DO  config: {house.file}: {told}" in doctor.stdout
    assert house.run("config", "check").returncode == ExitCode.CONFIG

    house.file.write_text(good)
    reload(house, systemd)
    house.wait_no_notice()


def test_a_broken_file_that_was_never_good_is_an_error_as_ever(house):
    house.file.write_text("[photos\n")
    done = house.run("run")
    assert done.returncode == ExitCode.CONFIG
    assert "not TOML" in done.stderr


def test_a_reload_does_not_reach_children(house, systemd):
    """A service's reload is sent to its main process; a terminal's hang-up is not of interest."""
    house.put("a.jpg", photo(1))
    started(house, systemd)
    house.wait_for({"a.jpg"})
    before = house.worker_pids()
    for _ in range(5):
        reload(house, systemd)
    assert house.worker_pids() == before


def test_on_a_terminal_that_is_closed_the_daemon_ends(house):
    ours, its = pty.openpty()
    house.process = subprocess.Popen(house.command("run"), stderr=its)
    os.close(its)
    try:
        house.wait(lambda: house.status().running, "it is up")
        assert house.stop(signal.SIGHUP) == -signal.SIGHUP
    finally:
        os.close(ours)
