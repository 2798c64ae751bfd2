"""What is wrong with the backup: by reports and by the time that passes, without one."""

import re

import msgspec
import pytest

from lantern.backup.alarm import ALARMS, STANDS_S, TOPICS, Facts, Known, alarms, states, topic_of
from lantern.backup.report import Action, Outcome, Proved, Report, RepositoryReport
from lantern.config import Backup
from support.archives import USUAL

DAY = 86400.0
NOW = 1_795_276_800.0
NAS, DISK = "ssh://lantern@nas.local/backup/photos", "/mnt/usb/photos"
SETTINGS = Backup(repositories=(NAS,), alarm_after_d=3.0, drill_every_d=7, check_every_d=30)
ROOM = {"archives": 23, "stored_bytes": 10**10, "free_bytes": 10**12, "disk_bytes": 4 * 10**12}


def told(repository=NAS, **changes):
    """Return what became of a repository: all went well but for `changes`."""
    saved = msgspec.structs.replace(USUAL, **changes.pop("saved", {}))
    values = {"outcome": Outcome.DONE, "saved": saved, **ROOM, **changes}
    return RepositoryReport(repository=repository, **values)


def failed(kind, sentence="it did not work; try again", repository=NAS):
    return RepositoryReport(
        repository=repository, outcome=Outcome.FAILED, kind=kind, sentences=(sentence,)
    )


def ran(days_ago, *repositories, action=Action.BACKUP, **changes):
    """Return the report of a run that took two minutes, so many days ago."""
    ended = NOW - days_ago * DAY
    values = {"began": ended - 120, "ended": ended, "version": "1", **changes}
    of_it = repositories or (told(),)
    if action is not Action.BACKUP and not repositories:
        of_it = (told(proved=Proved("lantern-x", 22, 80_000_000)),)
    name = f"{ended:015.0f}-{action}"
    return Report(id=name, action=action, repositories=of_it, **values)


WELL = (ran(0.2), ran(1.2), ran(2, action=Action.DRILL), ran(9, action=Action.CHECK), ran(40))


def facts(*reports, settings=SETTINGS, now=NOW, **known):
    values = {"since": dict.fromkeys(settings.repositories, NOW - 60 * DAY), **known}
    newest_first = sorted(reports, key=lambda report: report.id, reverse=True)
    return Facts(settings, newest_first, Known(**values), now)


def found(*reports, **changes):
    """Return the sentences of what is wrong, by topic."""
    return {alarm.topic: alarm.sentence for alarm in alarms(facts(*reports, **changes))}


def test_nothing_is_wrong_where_backup_check_and_drill_are_of_late():
    assert found(*WELL) == {}


def test_that_no_backup_came_is_told_as_time_passes_and_nothing_else_happens():
    assert found(*WELL, now=NOW + 2.7 * DAY) == {}
    late = found(*WELL, now=NOW + 2.9 * DAY)
    assert set(late) == {"backup late"}
    assert re.search(
        r"no good backup of the photos in ssh://.* since \d+ \w+ \d{4}", late["backup late"]
    )
    assert found(*WELL, now=NOW + 4 * DAY) == late, "a sentence that changes is logged each time"


def test_a_repository_that_never_got_one_is_waited_for_as_long_from_when_it_was_asked_for():
    assert found(since={NAS: NOW - 2.9 * DAY}) == {}
    late = found(since={NAS: NOW - 3.1 * DAY})["backup late"]
    assert "yet, asked for" in late


def test_tries_that_failed_or_were_left_out_are_no_backups():
    lost = ran(0.5, failed("unreachable", "nas.local does not answer; look at it"))
    skipped = ran(0.2, skipped="no mains")
    skipped = msgspec.structs.replace(skipped, repositories=())
    late = found(lost, skipped, ran(4), ran(2, action=Action.DRILL), ran(9, action=Action.CHECK))
    assert set(late) == {"backup late"}
    assert "(nas.local does not answer, look at it); " in late["backup late"]


def test_each_repository_is_for_itself():
    settings = msgspec.structs.replace(SETTINGS, repositories=(NAS, DISK))
    both = [ran(0.2, told(), failed("full", "no space left; make room", DISK))]
    both += [ran(5, told(), told(DISK))]
    proofs = [ran(1, told(), told(DISK), action=action) for action in (Action.DRILL, Action.CHECK)]
    wrong = found(*both, *proofs, settings=settings)
    assert set(wrong) == {"backup late", "backup failed"}
    for sentence in wrong.values():
        assert DISK in sentence
        assert NAS not in sentence
    nas, disk = states(facts(*both, *proofs, settings=settings))
    assert (nas.fault, disk.fault) == ("", "no space left, make room")
    assert nas.good_at > disk.good_at


@pytest.mark.parametrize(
    ("kind", "at_once"),
    [
        *((kind, True) for kind in ("passphrase", "refused", "stranger", "full", "damaged")),
        *((kind, False) for kind in ("locked", "unreachable", "killed", "other")),
    ],
)
def test_what_does_not_heal_by_itself_is_told_at_once(kind, at_once):
    wrong = found(*WELL, ran(0.1, failed(kind)))
    assert ("backup failed" in wrong) is at_once
    assert found(*WELL, ran(0.1, failed(kind)), ran(0.05)) == {}


@pytest.mark.parametrize(("action", "every_d"), [(Action.DRILL, 7), (Action.CHECK, 30)])
def test_the_silence_of_a_proof_is_an_alarm_and_so_is_its_failure(action, every_d):
    topic = f"backup {action}"
    others = [report for report in WELL if report.action is not action]
    others += [ran(70)]
    silent = found(*others, ran(2 * every_d + 1, action=action))
    assert "last good" in silent[topic]
    assert topic not in found(*others, ran(2 * every_d - 1, action=action))
    assert "never done" in found(*others)[topic]
    broken = ran(0.1, failed("damaged", "2 photos differ; see the report"), action=action)
    assert "2 photos differ, see the report" in found(*WELL, broken)[topic]
    assert topic not in found(*WELL, broken, ran(0.05, action=action))
    away = ran(0.1, failed("unreachable"), action=action)
    assert found(*WELL, away) == {}, "the backup tells of that"
    assert topic in found(*WELL, ran(0.3, failed("damaged"), action=action), away)


def test_a_first_backup_of_late_has_time_to_be_proved():
    assert found(ran(1)) == {}


@pytest.mark.parametrize(
    ("after", "before", "shrank"),
    [
        ({"archives": 7}, {"archives": 8}, False),
        ({"archives": 1}, {"archives": 2}, False),
        ({"archives": 3}, {"archives": 23}, True),
        ({"stored_bytes": 8 * 10**9}, {"stored_bytes": 10**10}, False),
        ({"stored_bytes": 7 * 10**9}, {"stored_bytes": 10**10}, True),
        ({"stored_bytes": None}, {"stored_bytes": 10**10}, False),
    ],
)
def test_a_repository_that_loses_more_than_retention_takes_is_told_of(after, before, shrank):
    reports = [ran(0.2, told(**after)), ran(1.2, told(**before)), *WELL[2:4]]
    assert ("backup shrank" in found(*reports)) is shrank
    if shrank:
        newest = max(report.id for report in reports)
        assert found(*reports, seen=newest) == {}
        usual = [*reports, ran(0.1, told(**after))]
        assert "backup shrank" in found(*usual), "one usual night does not take it back"
        assert "backup shrank" not in found(*usual, now=NOW + STANDS_S)


@pytest.mark.parametrize(
    ("saved", "mass"),
    [
        ({"changed": 201}, True),
        ({"changed": 150}, False),
        ({"changed": 120, "gone": 120}, True),
        ({"files": 100, "changed": 45}, False),
        ({"files": 500, "gone": 500}, True),
        ({"files": 2000, "new": 1500}, False),
        ({"new": 500, "gone": 500}, False),
        ({"new": 500, "gone": 500, "deduplicated_bytes": 2_000_000_000}, True),
        ({"files": 820, "new": 300, "gone": 480}, False),
        ({"files": 700, "new": 200, "gone": 500}, True),
    ],
)
def test_a_mass_change_is_told_of_until_a_person_has_seen_it(saved, mass):
    reports = [ran(0.2, told(saved=saved)), *WELL[1:]]
    wrong = found(*reports)
    assert ("backup changes" in wrong) is mass
    assert found(*reports, seen=max(report.id for report in reports)) == {}


def test_captions_that_lantern_wrote_itself_are_no_mass_change():
    newest, before = ran(0.2, told(saved={"changed": 950})), WELL[1]
    written = {before.id: 100, newest.id: 1040}
    assert found(newest, *WELL[1:], written=written) == {}
    assert "10 changed" not in str(found(newest, *WELL[1:], written=written))
    others = {before.id: 100, newest.id: 400}
    assert "650 changed" in found(newest, *WELL[1:], written=others)["backup changes"]


@pytest.mark.parametrize(
    ("free", "added", "little"),
    [
        (5 * 10**11, 10**9, False),
        (3 * 10**11, 10**9, True),
        (5 * 10**11, 2 * 10**11, True),
    ],
)
def test_a_far_disk_that_is_nearly_full_is_told_of(free, added, little):
    newest = ran(0.2, told(free_bytes=free, saved={"deduplicated_bytes": added}))
    assert ("backup room" in found(newest, *WELL[1:])) is little


def test_the_first_backup_is_no_measure_of_what_a_run_adds():
    everything = {"new": 1000, "deduplicated_bytes": 10**12}
    assert found(ran(0.2, told(free_bytes=10**12, saved=everything))) == {}


def test_a_run_of_a_wrong_clock_is_no_backup_and_told_of_until_a_good_one_follows():
    future = ran(-3650)
    wrong = found(future, ran(4), *WELL[2:], odd={future.id: NOW - 0.5 * DAY})
    assert set(wrong) == {"backup late", "backup clock"}
    mended = found(future, ran(0.1), *WELL[2:], odd={future.id: NOW - 0.5 * DAY})
    assert mended == {}


def test_all_topics_are_named_and_every_sentence_ends_with_a_step():
    assert len(TOPICS) == len(ALARMS)
    future = ran(-30)
    worst = [
        ran(9, failed("damaged"), action=Action.CHECK),
        ran(9, failed("damaged"), action=Action.DRILL),
        ran(10, failed("full")),
        ran(11, told(archives=1, free_bytes=10, saved={"changed": 900})),
        ran(12),
        future,
    ]
    every = alarms(facts(*worst, odd={future.id: NOW}))
    assert [alarm.topic for alarm in every] == list(TOPICS)
    for alarm in every:
        assert topic_of(alarm.key) == alarm.topic
        assert alarm.sentence.count("; ") == 1, (
            "the doctor takes what stands behind it for the step"
        )
