"""A report in words, and what the doctor finds in the backup."""

import os

import msgspec
import pytest

from lantern.__main__ import main
from lantern.backup import spool, timer
from lantern.backup.report import Action, Outcome, Proved, Report, RepositoryReport, Saved
from lantern.backup.telling import headline, lines
from lantern.catalog.backups import KeptReport
from lantern.catalog.store import Catalog
from lantern.cli import doctor_backup
from lantern.config import load, parse
from lantern.health import units
from lantern.health.units import Unit

NAS, DISK = "ssh://lantern@nas.local/backup/photos", "/mnt/usb/photos"
SAVED = Saved(
    archive="lantern-2026-11-21T03:30:04Z",
    files=656_012,
    new=12,
    changed=3,
    gone=1,
    unread=0,
    original_bytes=656_000_000_000,
    compressed_bytes=641_000_000_000,
    deduplicated_bytes=48_000_000,
)
DONE = RepositoryReport(
    repository=NAS,
    outcome=Outcome.DONE,
    saved=SAVED,
    archives=23,
    stored_bytes=643_000_000_000,
    free_bytes=1_000_000_000_000,
    disk_bytes=4_000_000_000_000,
)
REPORT = Report(
    id="20261121T033004Z-backup",
    action=Action.BACKUP,
    began=1_795_000_000.0,
    ended=1_795_000_271.0,
    version="1",
    repositories=(DONE,),
    photos=655_000,
    free_bytes=23_100_000_000,
)
CONFIG = """
[photos]
root = "{home}/photos"
[paths]
state = "{home}/state"
runtime = "{home}/run"
[backup]
repositories = ["{nas}", "{disk}"]
notice_file = "{home}/notices"
"""


def changed(struct, **values):
    return msgspec.structs.replace(struct, **values)


def failing(repository=DISK):
    return RepositoryReport(
        repository=repository,
        outcome=Outcome.FAILED,
        kind="full",
        sentences=("no room; make some",),
    )


@pytest.fixture
def file(tmp_path):
    for name in ("photos", "state", "run"):
        (tmp_path / name).mkdir()
    file = tmp_path / "lantern.toml"
    file.write_text(CONFIG.format(home=tmp_path, nas=NAS, disk=DISK))
    return file


@pytest.fixture
def config(file):
    return load(file)


# A report in words -----------------------------------------------------------------------------


def test_a_report_tells_what_was_new_how_large_how_long_and_what_is_left_on_both_sides():
    told = "\n".join(lines(REPORT))
    for words in (
        ": good",
        "took 4 min 31 s, 655,000 photos in the catalog, 23.1 GB free here",
        "656,012 files in lantern-2026-11-21T03:30:04Z: 12 new, 3 changed, 1 gone, 0 not readable",
        "656.0 GB, compressed 641.0 GB, of which 48.0 MB were not there yet",
        "23 archives kept, 643.0 GB in all, 1.0 TB of 4.0 TB free there",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("repositories", "said"),
    [
        ((DONE,), "good"),
        ((DONE, changed(DONE, outcome=Outcome.WARNED)), "good, with warnings"),
        ((DONE, failing()), "FAILED in part"),
        ((failing(),), "FAILED"),
        ((), "nothing was done"),
    ],
)
def test_the_headline_is_that_of_the_worst(repositories, said):
    assert headline(changed(REPORT, repositories=repositories)).endswith(f": {said}")


def test_what_was_left_out_says_why_and_what_failed_with_which_fault():
    left_out = changed(REPORT, repositories=(), skipped="the machine runs on its battery")
    assert lines(left_out)[1] == "  why: the machine runs on its battery"
    told = lines(changed(REPORT, repositories=(failing(),)))
    assert told[-1].strip() == "fault: no room; make some"
    drill = changed(DONE, saved=None, proved=Proved("lantern-1", 21, 84_000_000))
    told = lines(changed(REPORT, action=Action.DRILL, repositories=(drill,)))
    assert "21 files taken out of lantern-1 and compared, 84.0 MB of photos" in told[3]


# lantern backup report -------------------------------------------------------------------------


def test_reports_are_told_from_the_catalog_and_those_that_it_has_not_yet(file, config, capsys):
    assert main(["--config", str(file), "backup", "report"]) == 0
    assert "there was no backup yet" in capsys.readouterr().out
    catalog = Catalog.open(config.paths.catalog)
    older = changed(REPORT, id="20261120T033004Z-backup", skipped="no mains", repositories=())
    catalog.backups.add(KeptReport(one.id, msgspec.json.encode(one)) for one in (older, REPORT))
    catalog.close()
    spool.folder(config.paths).mkdir(parents=True)
    drill = changed(REPORT, id="20261121T040000Z-drill", action=Action.DRILL)
    spool.leave(config.paths, drill)
    assert main(["--config", str(file), "backup", "report"]) == 0
    told = capsys.readouterr().out
    assert told.index("restore drill of") < told.index("backup of")
    assert "no mains" not in told, "the newest of each action alone"
    assert main(["--config", str(file), "backup", "report", "--last", "3", "--json"]) == 0
    found = msgspec.json.decode(capsys.readouterr().out)["reports"]
    assert [report["id"] for report in found] == [drill.id, REPORT.id, older.id]


def test_that_it_was_meant_cannot_be_said_to_a_daemon_that_is_not_there(file, config, capsys):
    Catalog.open(config.paths.catalog).close()
    assert main(["--config", str(file), "backup", "report", "--seen"]) == 4
    assert "daemon" in capsys.readouterr().err


# The doctor ------------------------------------------------------------------------------------


def wrong(config):
    return {one.subject: one for one in doctor_backup.examine(config) if not one.good}


def test_the_doctor_finds_nothing_where_no_backup_is_wanted():
    (found,) = doctor_backup.examine(parse('[photos]\nroot = "/srv"\n'))
    assert (found.good, found.sentence) == (True, "none is configured")


def test_the_doctor_finds_what_keeps_a_backup_from_being_made(config, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = wrong(config)
    assert found["backup"].fix == '"sudo apt install borgbackup openssh-client"'
    assert "not set up yet" in found["backup secrets"].sentence
    assert "no address" in found["backup notices"].sentence
    (tmp_path / "bin").mkdir()
    for program in ("borg", "ssh"):
        (tmp_path / "bin" / program).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / program).chmod(0o755)
    secret = config.paths.backup_folder / "secret"
    secret.mkdir(parents=True)
    config.paths.backup_folder.chmod(0o750)
    secret.chmod(0o700)
    assert "there is no passphrase" in wrong(config)["backup secrets"].sentence
    (secret / "passphrase").write_text("x")
    (secret / "passphrase").chmod(0o644)
    assert "0644" in wrong(config)["backup secrets"].sentence
    (secret / "passphrase").chmod(0o400)
    (tmp_path / "notices").write_text("json://localhost\n")
    assert wrong(config) == {}


def test_the_doctor_compares_the_timer_with_the_configuration(config, tmp_path, monkeypatch):
    monkeypatch.setattr(timer, "RUNS", tmp_path)
    monkeypatch.setattr(timer, "UNITS", tmp_path)
    on = Unit(name=units.BACKUP, load="loaded", active="active", file="enabled", next_run="Sun")

    def systemd_tells(*found):
        monkeypatch.setattr(doctor_backup.units, "states", lambda _: found)

    systemd_tells()
    assert wrong(config)["backup timer"].sentence == "lantern-backup.timer: not installed"
    systemd_tells(changed(on, active="inactive", file="disabled"))
    assert "inactive, disabled" in wrong(config)["backup timer"].sentence
    systemd_tells(on)
    assert "not as lantern.toml has it" in wrong(config)["backup timer"].sentence
    for path, text in timer.drop_ins(config.backup).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    assert "backup timer" not in wrong(config)
    drifted = changed(config, backup=changed(config.backup, schedule="weekly"))
    assert "schedule.conf" in wrong(drifted)["backup timer"].sentence


def test_when_the_backup_is_due_is_asked_of_systemd_by_its_bus(tmp_path, monkeypatch):
    program = tmp_path / "busctl"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for answer, due in (
        ("t 1795050000000000", 1_795_050_000.0),
        ("t 0", None),
        ("t 18446744073709551615", None),
        ("", None),
    ):
        asked = "/unit/lantern_2dbackup_2etimer org.freedesktop.systemd1.Timer"
        program.write_text(f'#!/bin/sh\ncase "$*" in *{asked!r}*) echo "{answer}" ;; esac\n')
        program.chmod(0o755)
        assert units.next_backup(runs=tmp_path) == due
    assert units.next_backup(runs=tmp_path / "nowhere") is None
