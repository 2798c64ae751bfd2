"""Notices: who is written to when, and what is sent to whom, by apprise to a real listener."""

import os
import stat
import subprocess
import sys
import time

import msgspec
import pytest

from lantern.__main__ import main
from lantern.backup import herald, notice, outbox
from lantern.backup.alarm import Alarm
from lantern.backup.herald import Herald
from lantern.backup.outbox import LONGEST_S, Notice
from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.config import Backup, Paths, parse
from lantern.errors import ConfigError
from lantern.noticeboard import Noticeboard
from support.inbox import inbox, mailbox
from support.ports import free_port

NOW = 1_795_276_800.0
LATE = Alarm("backup late", "backup late /mnt/usb", "no good backup since May; look at it")
FULL = Alarm("backup room", "backup room /mnt/usb", "little is free; make room")
SECRET = "s3cr3t-0f-the-mail"


@pytest.fixture
def listener():
    with inbox(SECRET) as listening:
        yield listening


@pytest.fixture
def paths(tmp_path):
    return Paths(state=str(tmp_path / "state"), runtime=str(tmp_path / "run"))


@pytest.fixture
def addresses(tmp_path):
    file = tmp_path / "notices"
    file.write_text("# mail to the parents\n\njson://127.0.0.1:9/\n")
    return file


def writer(paths, addresses, when="trouble"):
    settings = Backup(repositories=("/mnt/usb",), notices=when, notice_file=str(addresses))
    return Herald(settings, paths, Noticeboard())


def bodies(paths):
    return [(one.bad, one.title, one.body) for one in outbox.waiting(paths.outbox)]


# What is written -------------------------------------------------------------------------------


def test_a_trouble_is_written_of_once_and_once_when_it_is_over(paths, addresses):
    from_now = writer(paths, addresses)
    told = from_now.tell([LATE], [], {}, NOW)
    told = from_now.tell([LATE], [], told, NOW + 60)
    ((bad, title, body),) = bodies(paths)
    assert bad
    assert title.endswith(": the backup needs attention")
    assert body == "No good backup since May; look at it."
    told = from_now.tell([LATE, FULL], [], told, NOW + 120)
    told = from_now.tell([FULL], [], told, NOW + 180)
    told = from_now.tell([FULL], [], told, NOW + 240)
    assert [bad for bad, _, _ in bodies(paths)] == [True, True, False]
    assert bodies(paths)[2][2] == "This is over:\n\nNo good backup since May; look at it."
    assert set(told) == {FULL.key}


def test_a_trouble_that_grows_is_told_anew_and_not_that_the_smaller_one_is_over(paths, addresses):
    from_now = writer(paths, addresses)
    told = from_now.tell([LATE], [], {}, NOW)
    both = Alarm("backup late", "backup late /mnt/usb /mnt/b", "both are late; look")
    from_now.tell([both], [], told, NOW + 60)
    assert [bad for bad, _, _ in bodies(paths)] == [True, True]


def test_nobody_is_written_to_who_wants_it_not_or_has_no_address(paths, addresses):
    assert writer(paths, addresses, "off").tell([LATE], [], {}, NOW) == {}
    addresses.write_text("")
    later = writer(paths, addresses)
    told = later.tell([LATE], [], {}, NOW)
    assert (told, bodies(paths)) == ({}, [])
    addresses.write_text("json://127.0.0.1:9/\n")
    assert later.tell([LATE], [], told, NOW + 60), "whoever gives an address learns what stands"


def test_daily_each_report_is_written_of_but_for_those_of_long_ago(paths, addresses):
    report = Report(
        id="1",
        action=Action.BACKUP,
        began=NOW - 100,
        ended=NOW,
        version="1",
        repositories=(RepositoryReport(repository="/mnt/usb", outcome=Outcome.DONE),),
    )
    old = msgspec.structs.replace(report, id="0", ended=NOW - 5 * 86400)
    writer(paths, addresses, "daily").tell([], [old, report], {}, NOW)
    writer(paths, addresses, "trouble").tell([], [report], {}, NOW)
    ((bad, title, _),) = bodies(paths)
    assert not bad
    assert title.endswith(": good")


def test_a_disk_that_is_full_has_it_written_later(paths, addresses, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    from_now = writer(paths, addresses)
    with monkeypatch.context() as patched:
        patched.setattr(herald.outbox, "leave", refuse)
        assert from_now.tell([LATE], [], {}, NOW) == {}
    assert from_now.tell([LATE], [], {}, NOW + 60)


def test_a_notice_that_waits_for_a_day_is_a_trouble_itself(paths, addresses):
    from_now = writer(paths, addresses)
    told = from_now.tell([LATE], [], {}, NOW)
    from_now.tell([LATE], [], told, NOW + herald.WAITS_S - 1)
    assert from_now._board.topics == ()
    from_now.tell([LATE], [], told, NOW + herald.WAITS_S + 1)
    assert from_now._board.topics == ("notices",)
    outbox.take(paths.outbox, next(outbox.waiting(paths.outbox)))
    from_now.tell([LATE], [], told, NOW + herald.WAITS_S + 60)
    assert from_now._board.topics == ()


def test_the_outbox_is_closed_to_strangers(paths, addresses):
    writer(paths, addresses).tell([LATE], [], {}, NOW)
    assert stat.S_IMODE(paths.outbox.stat().st_mode) == 0o700
    (file,) = paths.outbox.iterdir()
    assert not file.stat().st_mode & stat.S_IRWXO


# What is sent ----------------------------------------------------------------------------------


def waiting(paths, at=NOW):
    told = Notice(id="20261121T033000-00", at=at, title="Lantern: a test", body="It works.")
    outbox.leave(paths.outbox, told)
    return told


def test_what_waits_is_sent_with_its_title_and_taken_away(paths, listener):
    waiting(paths)
    assert notice.send_waiting(paths.outbox, [listener.address], NOW) == []
    (taken,) = listener.taken
    assert (taken["title"], taken["message"]) == ("Lantern: a test", "It works.")
    assert taken["type"] == "warning"
    assert bodies(paths) == []


def test_mail_is_sent_with_subject_and_text(paths):
    waiting(paths)
    with mailbox() as (address, letters):
        assert notice.send_waiting(paths.outbox, [address], NOW) == []
    (letter,) = letters
    assert letter["Subject"] == "Lantern: a test"
    assert letter["To"] == "anna@example.org"
    assert letter.get_body(("plain",)).get_content().strip() == "It works."


def test_an_address_that_fails_gets_it_later_and_no_other_gets_it_twice(paths, listener):
    waiting(paths)
    broken = f"json://127.0.0.1:{free_port()}/"
    to = [listener.address, broken]
    assert notice.send_waiting(paths.outbox, to, NOW) == ["json"]
    assert notice.send_waiting(paths.outbox, to, NOW) == ["json"]
    assert len(listener.taken) == 1
    with inbox() as mended:
        to = [listener.address, mended.address]
        assert notice.send_waiting(paths.outbox, to, NOW) == []
    assert len(listener.taken) == len(mended.taken) == 1
    assert bodies(paths) == []


def test_what_nobody_takes_for_two_weeks_is_given_up(paths):
    waiting(paths)
    broken = [f"json://127.0.0.1:{free_port()}/"]
    assert notice.send_waiting(paths.outbox, broken, NOW + LONGEST_S - 1) == ["json"]
    assert bodies(paths)
    notice.send_waiting(paths.outbox, broken, NOW + LONGEST_S + 1)
    assert bodies(paths) == []


def test_the_sender_is_a_process_of_its_own_that_tells_nobody_the_password(
    paths, tmp_path, listener
):
    file = tmp_path / "addresses"
    broken = f"json://anna:{SECRET}@127.0.0.1:{free_port()}/"
    file.write_text(f"{listener.address}\n{broken}\nnonsense {SECRET}\n")
    waiting(paths, time.time())
    command = [sys.executable, "-m", "lantern.backup.notice", str(paths.outbox), str(file)]
    sent = subprocess.run(command, capture_output=True, text=True, check=False)
    assert sent.returncode == 1
    assert len(listener.taken) == 1
    assert "address=2" in sent.stderr
    assert "address=3" in sent.stderr
    assert SECRET not in sent.stdout + sent.stderr
    file.write_text(f"{listener.address}\n")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert bodies(paths) == []


def test_addresses_are_lines_and_none_is_an_error_with_a_step(tmp_path):
    file = tmp_path / "notices"
    with pytest.raises(ConfigError, match="got no file"):
        notice.addresses(file)
    file.write_text("# none yet\n\n")
    with pytest.raises(ConfigError, match="got none"):
        notice.addresses(file)
    file.write_text("# mail\n mailto://a:b@example.org \n\njson://x\n")
    assert notice.addresses(file) == ["mailto://a:b@example.org", "json://x"]


# lantern notify --------------------------------------------------------------------------------


def test_an_address_is_tried_by_a_command(tmp_path, listener, capsys, monkeypatch):
    config = tmp_path / "lantern.toml"
    addresses = tmp_path / "notices"
    config.write_text(
        f'[photos]\nroot = "{tmp_path}"\n[paths]\nstate = "{tmp_path}/state"\n'
        f'[backup]\nnotice_file = "{addresses}"\n'
    )
    addresses.write_text(f"{listener.address}\n")
    assert main(["--config", str(config), "notify", "--test"]) == 0
    assert capsys.readouterr().out == "address 1 (json): sent\n"
    listener.refuses = True
    assert main(["--config", str(config), "notify", "--test"]) == 4
    assert "NOT sent" in capsys.readouterr().out
    waiting(parse(config.read_text()).paths)
    assert main(["--config", str(config), "notify"]) == 4
    listener.refuses = False
    handed = tmp_path / "credentials"
    handed.mkdir()
    (handed / "notices").write_text(addresses.read_text())
    addresses.write_text("json://127.0.0.1:9/\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    assert main(["--config", str(config), "notify"]) == 0
    assert len(listener.taken) == 2
    (handed / "notices").write_text(" ")  # the unit's default
    assert main(["--config", str(config), "notify"]) == 0, "nothing waits"
    assert os.listdir(tmp_path / "state" / "outbox") == []
