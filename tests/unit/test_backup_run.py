"""When what is due, and what speaks against a run that was planned."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from lantern.backup import far, skip
from lantern.backup.past import RETRY_S, due, last_archive
from lantern.backup.report import Action, Outcome, Report, RepositoryReport, Saved
from support.ports import free_port

DAY_S = 86400.0
NOW = 1_800_000_000.0


def report(action: Action, days_ago: float, *, good: bool = True, skipped: str = "") -> Report:
    outcome = Outcome.DONE if good else Outcome.FAILED
    at = NOW - days_ago * DAY_S
    made = () if skipped else (RepositoryReport(repository="r", outcome=outcome),)
    return Report(
        id=str(at),
        action=action,
        began=at,
        ended=at,
        version="1",
        skipped=skipped,
        repositories=made,
    )


@pytest.mark.parametrize(
    ("past", "is_due"),
    [
        ([], False),
        ([report(Action.BACKUP, 29)], False),
        ([report(Action.BACKUP, 30)], True),
        ([report(Action.BACKUP, 90), report(Action.CHECK, 29)], False),
        ([report(Action.CHECK, 29.8)], True),  # a night's run never begins at the same minute
        ([report(Action.CHECK, 40), report(Action.CHECK, 1)], False),
        ([report(Action.CHECK, 2, good=False)], True),
        ([report(Action.CHECK, RETRY_S / DAY_S - 0.1, good=False)], False),
        ([report(Action.CHECK, -400)], True),  # by a clock that was wrong
    ],
)
def test_a_check_is_due_by_the_reports(past: list[Report], is_due: bool) -> None:
    assert due(past, Action.CHECK, 30, NOW) is is_due


def test_a_drill_is_due_at_once() -> None:
    past = [report(Action.BACKUP, 0)]
    assert due(past, Action.DRILL, 7, NOW, at_once=True)
    assert not due([*past, report(Action.DRILL, 1)], Action.DRILL, 7, NOW, at_once=True)


def test_the_last_archive_is_found_behind_failures() -> None:
    held = Saved("a", 1, 1, 0, 0, 0, 1, 1, 1)
    good = RepositoryReport(repository="r", outcome=Outcome.DONE, saved=held)
    made = msgspec.structs.replace(report(Action.BACKUP, 2), repositories=(good,))
    past = [made, report(Action.BACKUP, 1, good=False)]
    assert last_archive(past, "r") == held
    assert last_archive(past, "another") is None


def supply(folder: Path, name: str, **values: str) -> None:
    (folder / name).mkdir(parents=True)
    for value, text in values.items():
        (folder / name / value).write_text(f"{text}\n")


def test_without_mains_the_machine_runs_on_its_battery(tmp_path: Path) -> None:
    assert not skip.on_battery(tmp_path / "none")
    supply(tmp_path, "mouse", type="Battery", scope="Device", status="Discharging")
    assert not skip.on_battery(tmp_path)
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")
    assert skip.on_battery(tmp_path)
    supply(tmp_path, "AC", type="Mains", online="1")
    assert not skip.on_battery(tmp_path)
    (tmp_path / "AC" / "online").write_text("0\n")
    assert skip.on_battery(tmp_path)
    assert "battery" in skip.reason(["/mnt/disk"], tmp_path)


def test_without_a_network_the_hosts_are_named_unless_one_is_here(tmp_path: Path) -> None:
    gone = f"ssh://nobody@127.0.0.1:{free_port()}/photos"
    assert "127.0.0.1" in skip.reason([gone], tmp_path)
    assert not skip.reason([gone, "/mnt/disk"], tmp_path)


def test_what_df_tells_is_read_of_the_right_disk() -> None:
    told = (
        "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
        "/dev/sda1 1000 400 600 40% /\n"
        "/dev/sdb1 5000 1000 4000 20% /backup of all\n"
    )
    assert far._parsed(told, "/backup of all/photos") == far.Room(4000 * 1024, 5000 * 1024)
    assert far._parsed(told, "/srv/photos") == far.Room(600 * 1024, 1000 * 1024)
    assert far._parsed("borg serve: what?", "/srv/photos") is None
