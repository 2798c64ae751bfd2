"""A real daemon watches over the backup: its reports, its silence, and who is written to."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import pytest

from lantern.backup import spool
from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.catalog.backup_state import RunningBackup
from support.archives import USUAL
from support.house import House
from support.inbox import inbox

TESTS = Path(__file__).parents[1]
DAY = 86400
WANTED = """
[backup]
repositories = ["{home}/usb"]
alarm_after_d = 3
notice_file = "{home}/notices"
"""


@pytest.fixture
def written_to():
    with inbox() as listening:
        yield listening


@pytest.fixture
def house(tmp_path, written_to):
    house = House(tmp_path, further=WANTED.format(home=tmp_path))
    (tmp_path / "notices").write_text(f"{written_to.address}\n")
    house.program = "support.odd_clock"
    house.environment = {"PYTHONPATH": str(TESTS), "CLOCK_OFF": str(tmp_path / "off")}
    clock_is_off_by(house, 0)
    spool.folder(house.config.paths).mkdir(parents=True)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def clock_is_off_by(house, days):
    file = Path(house.environment["CLOCK_OFF"])
    fresh = file.with_suffix(".new")
    fresh.write_text(str(days * DAY))
    fresh.replace(file)


def ran(house, days_on=0.0, **saved):
    """Leave a report of a run that ended just now, by a clock that is so many days on."""
    ended = time.time() + days_on * DAY
    told = RepositoryReport(
        repository=house.config.backup.repositories[0],
        outcome=Outcome.DONE,
        saved=msgspec.structs.replace(USUAL, **saved),
    )
    report = Report(
        id=f"{ended:015.0f}-backup",
        action=Action.BACKUP,
        began=ended - 60,
        ended=ended,
        version="1",
        repositories=(told,),
    )
    spool.leave(house.config.paths, report)
    return report


def good_at(house):
    backup = house.status().backup
    return backup and backup.repositories[0].good_at


def command(house, *words):
    """Return what a command prints, on the same machine but by a clock that is right."""
    line = [sys.executable, "-m", "lantern", "--config", str(house.file), *words]
    done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def topics(house):
    return house.status().topics


def titles(written_to):
    return [notice["title"].partition(": ")[2] for notice in written_to.taken]


def test_silence_is_told_when_its_time_has_come_and_sent_once_and_so_is_its_end(house, written_to):
    with house.running():
        house.wait(lambda: house.status().backup is not None, "it watches")
        first = ran(house)
        house.wait(lambda: good_at(house) == first.ended, "the report was taken in")
        assert topics(house) == ()
        clock_is_off_by(house, 2.9)
        time.sleep(1)
        assert topics(house) == ()

        clock_is_off_by(house, 3.1)
        house.wait(lambda: topics(house) == ("backup late",), "it is late")
        house.wait(lambda: written_to.taken, "somebody is written to")
        assert "No good backup of the photos in" in written_to.taken[0]["message"]
        assert "trouble: no good backup of the photos" in command(house, "status")
        assert house.stop() == 0
        house.start()
        house.wait(lambda: topics(house) == ("backup late",), "a restart forgets nothing")

        ran(house, 3.1)
        house.wait(lambda: topics(house) == (), "a good one ends it")
        house.wait(lambda: len(written_to.taken) > 1, "that is sent, too")
    assert titles(written_to) == [
        "the backup needs attention",
        "a trouble of the backup is over",
    ]


def test_a_mass_change_stands_until_a_person_says_that_it_was_meant(house, written_to):
    with house.running():
        ran(house, -1)
        changed = ran(house, changed=700, gone=100)
        house.wait(lambda: topics(house) == ("backup changes",), "so much is not usual")
        told = json.loads(command(house, "backup", "report", "--json"))
        assert told["reports"][0]["id"] == changed.id
        command(house, "backup", "report", "--seen")
        house.wait(lambda: topics(house) == (), "it was meant")
        assert house.stop() == 0
        house.start()
        house.wait(lambda: good_at(house) == changed.ended, "it is up again")
        assert topics(house) == ()


def test_a_run_under_way_and_what_it_saved_are_on_the_page(house):
    program, house.program = house.program, "lantern"
    with house.page() as address, contextlib.ExitStack() as stack:
        house.program = program
        stack.enter_context(house.running())
        first = ran(house, -0.5)
        house.wait(lambda: good_at(house) == first.ended, "the report was taken in")
        progress = RunningBackup(
            action=Action.BACKUP,
            repository=house.config.backup.repositories[0],
            began=time.time(),
            files=250,
            original_bytes=1_250_000_000,
            of_bytes=5_000_000_000,
        )
        spool.tell_progress(house.config.paths, progress)
        house.wait(lambda: house.status().backup.running is not None, "it runs")
        assert house.status().backup.running.share == 0.25
        house.wait(lambda: "1.2\xa0GB of some 5.0\xa0GB" in page(address), "the page tells")
        metrics = urllib.request.urlopen(f"{address}/metrics").read().decode()
        assert "lantern_backup_running 1.0" in metrics
        hours_ago = time.time() - 2 * 3600
        os.utime(house.config.paths.backup_progress, (hours_ago, hours_ago))
        assert house.status().backup.running is None, "it was killed without a word"
        spool.tell_progress(house.config.paths, progress)
        assert house.status().backup.running is not None
        ran(house)
        house.wait(lambda: house.status().backup.running is None, "its report says that it is over")


def page(address):
    return urllib.request.urlopen(f"{address}/status").read().decode()


def test_a_backup_that_is_wanted_no_longer_is_watched_no_longer(house):
    with house.running():
        house.wait(lambda: house.status().backup is not None, "it watches")
        clock_is_off_by(house, 4)
        house.wait(lambda: topics(house) == ("backup late",), "there never was one")
        text = house.file.read_text()
        house.file.write_text(text.replace("repositories = [", "repositories = [] #"))
        house.process.send_signal(signal.SIGHUP)
        house.wait(lambda: house.status().backup is None, "at once")
        house.wait(lambda: topics(house) == (), "and nothing is wrong any more")
