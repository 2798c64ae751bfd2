"""The status page's words: what people are told, and what only the owner is."""

import ast
import re
from pathlib import Path

import msgspec
import pytest

import lantern
from lantern.backup.alarm import TOPICS as BACKUP
from lantern.catalog.backup_state import BackupState, RepositoryState, RunningBackup
from lantern.catalog.state import State
from lantern.catalog.summary import CaptionHealth, Counts, Problem, Unwritten
from lantern.kiosk.complaints import TOPICS
from lantern.web.app import create_app
from lantern.web.news import News
from lantern.web.report import Collected, Daemon, Disk, Report, Trouble
from lantern.web.telling import TROUBLES, tell
from support.album import album
from support.visitor import Visitor

HEALTH = CaptionHealth(
    photos_by_model={"captioner 1": 100, "captioner 2": 900},
    score_bins=(0,) * 10,
    score_sum=0.0,
    from_tags=12,
    human=3,
    corrected=2,
    corrected_lately=1,
    corrections=4,
    unwritten=0,
    refused=1,
)
COUNTS = Counts(files=1010, captioned=1004, retry=1, failed=5, photos=1000, indexed=1000)
EMPTY = "empty file; copy it again from where it came"
PROBLEMS = (
    Problem(b"trip/rome/IMG_1.jpg", State.FAILED, EMPTY),
    *(Problem(b"trip/%d.jpg" % n, State.FAILED, "this JPEG ends in its midst") for n in range(7)),
    Problem(b"trip/IMG_9.cr2", State.FAILED, "its sidecar IMG_9.xmp is no file"),
    Problem(b"new/a.jpg", State.RETRY, "input/output error"),
    Problem(b"new/odd.png", State.CAPTIONED, "the name says JPEG"),
)
UNWRITTEN = (Unwritten(b"trip/2.jpg", "read-only (-r--r--r--); allow Lantern to write it", True),)
DAEMON = Daemon("1.0", since=1_795_000_000.0, model="captioner 2", sentence_ms=(80.4, 131.0))
REPORT = Report(
    version="1.0",
    collected=Collected(COUNTS, PROBLEMS, UNWRITTEN, HEALTH, middle_score=0.53),
    daemon=DAEMON,
    disks=(Disk("the photos", 250_000_000_000, 1_000_000_000_000),),
    heat_c=51.6,
    undervoltage=False,
)


SHOWS = {
    *TOPICS,
    *("display", "guests", "picture", "programme", "projector", "sound", "visits", "works"),
}
"""Troubles of the show, where topics are names."""


def rows(told, section):
    (found,) = [one for one in told.sections if one.id == section]
    return {row.label: row for row in found.rows}


def entries(told, section):
    (found,) = [one for one in told.sections if one.id == section]
    return {entry.text: entry for entry in found.entries}


def changed(counts=None, **changes):
    """Return the report with other counts, or other facts."""
    if counts:
        collected = msgspec.structs.replace(
            REPORT.collected, counts=msgspec.structs.replace(COUNTS, **counts)
        )
        changes["collected"] = collected
    return msgspec.structs.replace(REPORT, **changes)


def working(**changes):
    return changed(
        {"discovered": 1234}, daemon=msgspec.structs.replace(DAEMON, rate=0.8, left_s=1542.0)
    )


def test_what_is_done_is_told_in_numbers_that_people_read():
    told = tell(REPORT, owner=False)
    assert (told.mood, told.headline) == ("watch", "5 files cannot be used")
    photos = rows(told, "photos")
    assert photos["Described"].text == "1,004 of 1,010 files"
    assert photos["Described"].share == pytest.approx(1004 / 1010)
    assert photos["Can be found"].text == "1,000 photos"
    captions = rows(told, "captions")
    assert captions["Made from tags alone"].text == "1.2 %"
    corrected = captions["Corrected by people"]
    assert (corrected.text, corrected.note) == ("2 photos", "1 in the last 30 days.")
    assert captions["A sentence takes"].text == "80 ms"
    machine = rows(told, "machine")
    assert machine["Disk of the photos"].text == "250\xa0GB free of 1.0\xa0TB"
    assert machine["Disk of the photos"].share == pytest.approx(0.75)
    assert machine["Heat"].text == "52 °C"
    assert rows(told, "versions")["Model in use"].text == "captioner 2"


@pytest.mark.parametrize(
    ("counts", "mood", "headline", "note"),
    [
        (
            {"failed": 0, "retry": 0, "captioned": 1010},
            "good",
            "All is well",
            "Every photo is described and can be found.",
        ),
        (
            {"failed": 1, "retry": 0},
            "watch",
            "1 file cannot be used",
            "All others are described and can be found.",
        ),
        (
            {"failed": 0, "retry": 2},
            "watch",
            "2 files could not be read",
            "Each is tried again by itself. All others are described and can be found.",
        ),
        (
            {"failed": 5, "retry": 1},
            "watch",
            "5 files cannot be used",
            "1 more will be tried again. All others are described and can be found.",
        ),
        (
            {"files": 3, "failed": 3, "retry": 0, "captioned": 0, "photos": 0, "indexed": 0},
            "watch",
            "3 files cannot be used",
            "",
        ),
    ],
)
def test_all_is_well_where_every_file_is(counts, mood, headline, note):
    told = tell(changed(counts), owner=False)
    assert (told.mood, told.headline, told.note) == (mood, headline, note)


def test_while_photos_wait_the_headline_says_how_many_and_how_long():
    told = tell(working(), owner=False)
    assert (told.mood, told.headline) == ("busy", "Describing photos: 1,234 to go")
    assert told.note == "About 26 minutes left."
    waiting = rows(told, "photos")["Waiting"]
    assert (waiting.text, waiting.note) == ("1,234 files", "About 26 minutes at 48 a minute.")


@pytest.mark.parametrize(
    ("left_s", "words"),
    [
        (20, "Less than a minute"),
        (60, "About 1 minute"),
        (5000, "About 83 minutes"),
        (20_000, "About 6 hours"),
        (300_000, "About 3 days"),
    ],
)
def test_time_is_told_roughly_as_people_do(left_s, words):
    daemon = msgspec.structs.replace(DAEMON, left_s=left_s, rate=2.0)
    assert tell(changed({"discovered": 9}, daemon=daemon), owner=False).note == f"{words} left."


def test_problems_are_told_by_reason_the_most_frequent_first():
    told = entries(tell(REPORT, owner=True), "failed")
    assert next(iter(told)) == "This JPEG ends in its midst"
    most = told["This JPEG ends in its midst"]
    assert most.files == 7
    assert most.names == (*(f"trip/{n}.jpg" for n in range(5)), "and 2 more")
    assert told["Empty file; copy it again from where it came"].names == ("trip/rome/IMG_1.jpg",)
    assert "Input/output error (tried again by itself)" in told
    assert "Described, but: the name says JPEG" in told
    assert entries(tell(REPORT, owner=True), "captions")


def test_a_visitor_learns_reasons_and_no_name_of_a_file_or_folder():
    daemon = msgspec.structs.replace(
        DAEMON, troubles=(Trouble("root", "photo folder /srv/secret: no such file"),)
    )
    report = changed(daemon=daemon)
    said = msgspec.json.encode(tell(report, owner=False)).decode()
    for name in ("IMG_1", "IMG_9", "rome", "trip", "odd", "a.jpg", "/srv", "secret", ".jpg"):
        assert name not in said
    told = entries(tell(report, owner=False), "failed")
    assert told["Empty file; copy it again from where it came"].files == 1
    assert told["Cannot be used; the owner is told why"].files == 2
    owners = tell(report, owner=True)
    assert owners.troubles == ("Photo folder /srv/secret: no such file",)
    assert "Its sidecar IMG_9.xmp is no file" in entries(owners, "failed")


def test_visitors_do_not_learn_that_photos_are_hidden():
    report = changed({"hidden": 2})
    assert rows(tell(report, owner=True), "photos")["Hidden from visitors"].text == "2 photos"
    assert "idden" not in msgspec.json.encode(tell(report, owner=False)).decode()


def test_visitors_are_told_of_every_trouble_that_the_daemon_may_have():
    posted = set()
    for file in Path(lantern.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(ast.Attribute(_, "post"), [ast.Constant(str(topic)), *_]):
                    posted.add(topic)
    others = {"safe mode", "config", "progress", "catalog", "notices", *BACKUP}
    assert posted | SHOWS | others == set(TROUBLES)


def test_a_show_is_told_in_one_line_and_none_is_not_told_at_all():
    assert "show" not in {section.id for section in tell(REPORT, owner=True).sections}
    said = "a photo plays, somebody is there"
    daemon = msgspec.structs.replace(DAEMON, show=said, eased_by="somebody is there")
    now = rows(tell(changed(daemon=daemon), owner=False), "show")["Now"]
    assert (now.text, now.note) == (said, "Describing photos waits: somebody is there.")


def test_a_trouble_that_nobody_knows_is_told_without_its_particulars():
    daemon = msgspec.structs.replace(DAEMON, troubles=(Trouble("new", "secret"),))
    (told,) = tell(changed(daemon=daemon), owner=False).troubles
    assert told == "Something needs the owner: “lantern status” tells what."


def test_a_daemon_that_does_not_answer_is_told_first_and_the_catalog_speaks_on():
    told = tell(changed(daemon=None), owner=False)
    assert told.mood == "trouble"
    assert told.headline == "New photos are not being described"
    assert "“lantern run” starts it" in told.note
    installed = tell(changed(daemon=None, starter="sudo systemctl start lantern"), owner=False)
    assert "“sudo systemctl start lantern” starts it" in installed.note
    assert rows(told, "photos")["Described"].text == "1,004 of 1,010 files"
    assert rows(told, "versions")["The daemon"].text == "does not answer"


def test_a_catalog_that_cannot_be_read_leaves_what_the_machine_tells():
    unread = changed(collected=None, daemon=None, unread="/var/lib/lantern: cannot be read")
    told = tell(unread, owner=False)
    assert told.headline == "Lantern cannot read its catalog"
    assert told.troubles == ()
    assert [section.id for section in told.sections] == ["search", "machine", "versions"]
    assert tell(unread, owner=True).troubles == ("/var/lib/lantern: cannot be read",)


def test_a_hot_machine_a_weak_supply_and_a_full_disk_need_attention():
    low = Disk("the photos", 100_000_000, 10**12, low=True)
    told = tell(changed(heat_c=81.0, undervoltage=True, disks=(low,)), owner=False)
    assert told.headline == "Something needs attention"
    assert told.troubles[1] == "The disk of the photos is nearly full: 100\xa0MB left."
    machine = rows(told, "machine")
    assert {machine[label].level for label in ("Heat", "Power", "Disk of the photos")} == {"bad"}


def test_what_nobody_can_tell_is_not_told():
    told = tell(changed(heat_c=None, undervoltage=None, disks=()), owner=False)
    assert "machine" not in {section.id for section in told.sections}


def test_the_search_servers_backlog_is_told_where_there_is_a_server():
    collected = msgspec.structs.replace(REPORT.collected, server_backlog=321)
    served = changed(engine="meilisearch", server_up=True, collected=collected)
    told = rows(tell(served, owner=False), "search")
    assert told["Engine"].text == "Meilisearch"
    assert told["Waiting for the search server"].text == "321 photos"
    assert "Waiting for the search server" not in rows(tell(REPORT, owner=False), "search")
    away = rows(tell(changed(engine="meilisearch", server_up=False), owner=False), "search")
    assert away["Engine"].text == "Meilisearch is away"


def test_a_page_and_a_daemon_of_two_versions_are_told_apart():
    told = rows(tell(changed(version="1.1"), owner=False), "versions")
    assert (told["Version"].text, told["The daemon"].text) == ("1.1", "1.0")


def test_the_page_is_whole_without_a_script():
    photos = album(3)
    app = create_app(
        photos, hosts=frozenset({"localhost"}), live=News(photos.status, lambda: REPORT)
    )
    answer = Visitor(app).get("/status")
    assert answer.status_code == 200
    text = re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)
    for words in (
        "5 files cannot be used",
        "1,004 of 1,010 files",
        "This JPEG ends in its midst",
        "52 °C",
    ):
        assert words in text
    assert "IMG_9" not in answer.text


def test_hostile_names_are_only_text():
    hostile = Problem(b"<script>alert(1)</script>.jpg", State.FAILED, "</script><b>empty</b>")
    report = changed(collected=msgspec.structs.replace(REPORT.collected, problems=(hostile,)))
    photos = album(3)
    app = create_app(
        photos, hosts=frozenset({"localhost"}), live=News(photos.status, lambda: report)
    )
    text = Visitor(app).get("/status").text
    assert "<b>empty" not in text
    assert "alert(1)" not in text


def test_without_a_report_there_is_no_status_page():
    answer = Visitor(create_app(album(3), hosts=frozenset({"localhost"}))).get("/status")
    assert answer.status_code == 404


NAS = "ssh://lantern@nas.secret.example:2222/backup/photos"
COPY = RepositoryState(
    repository=NAS,
    good_at=1_795_000_000.0,
    tried_at=1_795_000_000.0,
    archives=23,
    stored_bytes=643_000_000_000,
    free_bytes=1_000_000_000_000,
    disk_bytes=4_000_000_000_000,
    checked_at=1_794_000_000.0,
    proved_at=1_794_900_000.0,
)


def backed_up(*copies, **changes):
    state = BackupState(repositories=copies or (COPY,), **changes)
    return changed(daemon=msgspec.structs.replace(DAEMON, backup=state))


def test_a_good_backup_is_told_by_when_how_much_and_what_is_free():
    told = rows(tell(backed_up(next_at=1_795_050_000.0), owner=False), "backup")
    assert told["All is saved as of"].level == "good"
    assert told["All is saved as of"].text != told["Next"].text
    assert {"Restored for proof", "Checked whole"} < set(told)
    copy = told["Copy 1"]
    assert (copy.text, copy.share) == ("23 archives, 643\xa0GB", 0.75)
    assert copy.note == "1.0\xa0TB free of 4.0\xa0TB there."
    assert "backup" not in {section.id for section in tell(REPORT, owner=True).sections}


def test_a_backup_under_way_is_told_by_how_far_it_is():
    running = RunningBackup(
        action="backup",
        repository=NAS,
        began=1_795_000_100.0,
        files=1234,
        original_bytes=45 * 10**9,
        of_bytes=60 * 10**9,
        waits_for="nas.secret.example is busy",
    )
    now = rows(tell(backed_up(running=running), owner=True), "backup")["Being saved"]
    assert (now.text, now.share) == ("45.0\xa0GB of some 60.0\xa0GB", 0.75)
    assert now.note == "1,234 files so far. It waits: nas.secret.example is busy."


def test_the_oldest_copy_says_since_when_all_is_saved():
    older = msgspec.structs.replace(COPY, repository="/mnt/usb", good_at=1.0, fault="no space left")
    told = rows(tell(backed_up(COPY, older, alarms=("backup late",)), owner=True), "backup")
    assert "1970" in told["All is saved as of"].text
    assert told["All is saved as of"].level == "bad"
    assert told["On nas.secret.example"].level == ""
    usb = told["On /mnt/usb"]
    assert (usb.text, usb.level) == ("the last try failed", "bad")
    assert usb.note == "23 archives, 643\xa0GB. 1.0\xa0TB free of 4.0\xa0TB there."
    full = msgspec.structs.replace(COPY, free_bytes=300_000_000_000)
    assert rows(tell(backed_up(full), owner=False), "backup")["Copy 1"].level == "watch"
    never = msgspec.structs.replace(COPY, good_at=None)
    later = backed_up(COPY, never, next_at=1_795_050_000.0)
    saved = rows(tell(later, owner=True), "backup")["All is saved as of"]
    assert (saved.text, saved.note) == ("never yet", "")
    saved = rows(tell(backed_up(COPY, never), owner=True), "backup")["All is saved as of"]
    assert "lantern backup setup" in saved.note


def test_visitors_do_not_learn_where_the_copies_are():
    running = RunningBackup(
        action="drill", repository=NAS, began=1.0, waits_for="nas.secret.example"
    )
    failed = msgspec.structs.replace(COPY, fault="nas.secret.example refused us")
    report = backed_up(failed, COPY, running=running, skipped="nas.secret.example is away")
    assert "secret" not in msgspec.json.encode(tell(report, owner=False)).decode()
    owners = tell(report, owner=True)
    assert rows(owners, "backup")["All is saved as of"].note == (
        "The last run was left out: nas.secret.example is away."
    )
