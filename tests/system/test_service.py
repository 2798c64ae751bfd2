"""The real daemon under a service manager that a test plays: what it says, and when no more."""

import os
import signal
import time
from pathlib import Path

import pytest

from support.house import PATIENCE_S, House, photo
from support.systemd import manager

TESTS = Path(__file__).parents[1]
WATCHDOG_S = 2.0


@pytest.fixture
def systemd():
    with manager() as listening:
        yield listening


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.process.send_signal(signal.SIGCONT)
        house.stop(signal.SIGKILL)


def hears(house, systemd, beginning, since=0.0):
    house.wait(lambda: systemd.count(beginning, since), f"{beginning} is heard")


def flawed(house, systemd, flaw):
    """Return the file whose making lets the running daemon hang by `flaw`."""
    when = house.file.with_name("hangs")
    house.program = "support.hung_daemon"
    house.environment = {
        **systemd.environment(WATCHDOG_S),
        "PYTHONPATH": str(TESTS),
        "HUNG": flaw,
        "HUNG_WHEN": str(when),
    }
    house.start()
    hears(house, systemd, "READY=1")
    house.put("first.jpg", photo(1))
    house.wait_for({"first.jpg"})
    return when


def silent_since(systemd, seconds):
    return systemd.count("WATCHDOG=1", time.monotonic() - seconds) == 0


def test_a_daemon_says_when_it_is_up_how_it_goes_and_when_it_stops(house, systemd):
    house.environment = systemd.environment(WATCHDOG_S)
    house.start()
    hears(house, systemd, "READY=1")
    assert house.config.paths.control_socket.is_socket()  # it is up, not about to be
    house.put("a.jpg", photo(1))
    house.wait(lambda: systemd.status == "1 of 1 files described", "the status tells of it")
    house.put("b.jpg", b"no photo")
    house.wait(lambda: "1 of 2 files described, 1 failed" in systemd.status, "and of the other")
    os.rename(house.root, house.root.with_name("away"))
    house.wait(lambda: "trouble: photo folder" in systemd.status, "and of trouble")
    assert house.stop() == 0
    words = [message.partition("=")[0] for message in systemd.messages()]
    assert words.count("READY") == words.count("STOPPING") == 1
    assert words[-1] == "STOPPING"


def test_a_daemon_that_has_nothing_to_do_lives_and_says_so_in_time(house, systemd):
    when = flawed(house, systemd, "nothing")
    when.touch()
    house.put("second.jpg", photo(2))
    house.wait_for({"first.jpg", "second.jpg"})
    began = time.monotonic()
    time.sleep(3 * WATCHDOG_S)
    beats = [at for at, told in systemd.heard if told == "WATCHDOG=1" and at >= began]
    gaps = [later - sooner for sooner, later in zip([began, *beats], beats, strict=False)]
    assert max(gaps) < WATCHDOG_S
    assert house.status().notices == ()


@pytest.mark.parametrize(
    ("flaw", "told"),
    [("the index", "no progress of the index"), ("the scan", "no progress of the scan")],
)
def test_a_part_that_hangs_silences_the_watchdog_though_all_else_goes_on(
    house, systemd, flaw, told
):
    when = flawed(house, systemd, flaw)
    when.touch()
    house.put("second.jpg", photo(2))
    house.wait(lambda: silent_since(systemd, WATCHDOG_S), "the watchdog hears nothing")
    house.wait_notice(f"{told}; systemd restarts lantern")
    house.wait(lambda: told in systemd.status, "systemd is told why")
    assert house.stop(signal.SIGABRT) == -signal.SIGABRT  # as systemd does then


def test_a_daemon_that_hangs_as_a_whole_says_nothing(house, systemd):
    flawed(house, systemd, "everything").touch()
    house.put("second.jpg", photo(2))
    house.wait(lambda: silent_since(systemd, WATCHDOG_S), "the watchdog hears nothing")


def test_a_stopped_daemon_says_nothing_and_goes_on_when_it_is_woken(house, systemd):
    flawed(house, systemd, "nothing")
    house.process.send_signal(signal.SIGSTOP)
    time.sleep(2 * WATCHDOG_S)
    assert silent_since(systemd, WATCHDOG_S)
    house.process.send_signal(signal.SIGCONT)
    woke = time.monotonic()
    hears(house, systemd, "WATCHDOG=1", since=woke)
    house.wait_no_notice()


def test_a_socket_that_was_taken_away_silences_the_watchdog(house, systemd):
    flawed(house, systemd, "nothing")
    house.config.paths.control_socket.unlink()
    deadline = time.monotonic() + PATIENCE_S
    while not silent_since(systemd, WATCHDOG_S):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "no progress of the control socket" in systemd.status


def test_a_daemon_that_is_killed_says_nothing_of_stopping_and_comes_back(house, systemd):
    house.environment = systemd.environment(WATCHDOG_S)
    house.start()
    hears(house, systemd, "READY=1")
    house.stop(signal.SIGKILL)
    assert systemd.count("STOPPING=1") == 0
    again = time.monotonic()
    house.start()
    hears(house, systemd, "READY=1", since=again)


def test_a_daemon_is_up_without_the_photos_disk_which_may_come_at_any_time(house, systemd):
    house.put("a.jpg", photo(1))
    house.environment = systemd.environment(WATCHDOG_S)
    away = house.root.with_name("away")
    os.rename(house.root, away)
    house.start()
    hears(house, systemd, "READY=1")
    house.wait_notice("no such file or directory; nothing is forgotten")
    os.rename(away, house.root)
    house.wait_for({"a.jpg"})
    house.wait_no_notice()
    assert house.stop() == 0

    # It is known by now; an empty mount point at the next boot takes none of it.
    os.rename(house.root, away)
    house.root.mkdir()
    house.start()
    house.wait_notice("1 of 1 files disappeared at once; nothing was forgotten")
    assert set(house.described()) == {"a.jpg"}
    house.root.rmdir()
    os.rename(away, house.root)
    house.wait_no_notice()
    assert house.searchable() == {"a.jpg"}


def test_a_photos_disk_that_hangs_is_told_and_hangs_nothing_else(house, systemd):
    when = flawed(house, systemd, "the disk")
    when.touch()
    house.wait_notice("connection timed out; nothing is forgotten")
    began = time.monotonic()
    time.sleep(2 * WATCHDOG_S)
    assert systemd.count("WATCHDOG=1", began) >= 4
    assert len(house.status().notices) == 1
    house.put("second.jpg", photo(2))
    when.unlink()
    house.wait_for({"first.jpg", "second.jpg"})
    house.wait_no_notice()
