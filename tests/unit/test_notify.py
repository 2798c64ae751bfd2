"""What systemd hears, by its own protocol."""

import logging
import os
import socket
import time

import pytest

from lantern.notify import Systemd
from support.systemd import manager


@pytest.fixture
def systemd():
    with manager() as listening:
        yield listening


def heard(systemd, count):
    deadline = time.monotonic() + 5
    while len(systemd.heard) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return systemd.messages()


def test_each_word_is_a_datagram_as_systemd_expects_it(systemd):
    service = Systemd(systemd.address)
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    for word in (service.ready, service.alive, service.reloading, service.stopping):
        word()
    ready, alive, reloading, stopping = heard(systemd, 4)
    assert (ready, alive, stopping) == ("READY=1", "WATCHDOG=1", "STOPPING=1")
    word, stamp = reloading.split("\nMONOTONIC_USEC=")
    assert word == "RELOADING=1"
    assert before <= int(stamp) <= before + 5_000_000


def test_a_status_is_one_line_and_is_told_when_it_changes(systemd):
    service = Systemd(systemd.address)
    for sentence in ("one\nSTATUS=forged", "one\nSTATUS=forged", "ünd \udcff"):
        service.status(sentence)
    service.ready()
    assert heard(systemd, 3) == ["STATUS=one STATUS=forged", "STATUS=ünd \\udcff", "READY=1"]


def test_a_socket_that_is_a_file_is_spoken_to_as_well(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("notify")
        listener.settimeout(5)
        Systemd("notify").ready()
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_nobody_is_told_and_nothing_is_logged(caplog):
    service = Systemd.of({})
    service.ready()
    service.status("well")
    assert service.watchdog_s is None
    assert caplog.records == []


def test_a_manager_that_is_gone_costs_one_line_and_no_more(caplog):
    with manager() as gone:
        service = Systemd(gone.address)
    with caplog.at_level(logging.WARNING, "lantern"):
        service.alive()
        service.alive()
    assert [record.getMessage() for record in caplog.records] == [
        'systemd not told words="WATCHDOG=1" reason="Connection refused"'
    ]


@pytest.mark.parametrize(
    ("told", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_minded_if_it_is_ours(told, watchdog_s):
    assert Systemd.of(dict(told)).watchdog_s == watchdog_s


def test_children_do_not_speak_in_our_name():
    environment = {
        "NOTIFY_SOCKET": "@x",
        "WATCHDOG_USEC": "1",
        "WATCHDOG_PID": str(os.getpid()),
        "HOME": "/",
    }
    Systemd.of(environment)
    assert environment == {"HOME": "/"}
