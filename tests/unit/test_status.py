"""One screen that tells the whole truth: what `lantern status` makes of what it is told."""

import http.server
import json
import threading
import unicodedata

import msgspec
import pytest

import lantern
from lantern.catalog.backup_state import BackupState, RepositoryState, RunningBackup
from lantern.catalog.state import State
from lantern.catalog.summary import Counts, Problem, Unwritten
from lantern.cli import page_at, status, surroundings
from lantern.cli.status_told import MOST_FILES, lines, rows, troubles
from lantern.cli.surroundings import Disk, Surroundings
from lantern.cli.terminal import Layout, duration
from lantern.config import Web, parse
from lantern.control.protocol import Showing, Status
from lantern.health.units import Unit
from lantern.link.board_state import BoardState
from support.ports import free_port

AROUND = Surroundings(
    host="gallery",
    machine="Raspberry Pi 4 Model B Rev 1.5",
    up_s=1_036_800.0,
    heat_c=52.3,
    undervoltage=False,
    memory_free=512_000_000,
    disks=(Disk("state and photos", 23_100_000_000, 59_000_000_000),),
    page="http://gallery.local:8080/",
    page_silence="",
    server_silence=None,
    units=(),
    backup=None,
)
WELL = Status(
    version=lantern.__version__,
    running=True,
    root="/srv/photos",
    counts=Counts(files=12, captioned=11, failed=1, photos=11, indexed=11),
    problems=(Problem(b"broken.jpg", State.FAILED, "no picture"),),
)
SHOW = """
[show]
programme = "everyday"
[programmes.everyday]
photos = "all"
[[sensors]]
name = "front"
by = "ultrasonic"
[[sensors]]
name = "door"
by = "board"
[projector]
by = "pjlink"
host = "projector.example"
"""
SHOWING = Showing(
    mode="attract",
    said="a photo plays, nobody is there",
    is_open=True,
    programme="everyday",
    photos=1200,
    gain_db=-24.0,
    present=False,
    faults=(("front", "no echo"),),
    power="on",
    lamp_hours=(1234,),
)


def settings(more=""):
    return parse('[photos]\nroot = "/srv/photos"\n' + more)


def table(told, around=AROUND, more=""):
    return dict(rows(told, settings(more), around))


def changed(struct, **values):
    return msgspec.structs.replace(struct, **values)


def test_each_part_of_the_house_has_its_row_though_nothing_is_set_up():
    told = table(WELL)
    assert told["machine"] == (
        "gallery (Raspberry Pi 4 Model B Rev 1.5), up 12 d 0 h, 52 °C, enough voltage, "
        "512 MB of memory free"
    )
    assert told["disk"] == "state and photos: 23.1 of 59.0 GB free"
    assert told["page"] == "http://gallery.local:8080/ answers"
    assert told["photos"] == "11 of 12 files described in /srv/photos, 1 failed"
    assert told["index"] == "11 of 11 photos searchable, by Lantern's own index"
    assert (told["show"], told["sensors"], told["projector"]) == ("none is configured",) * 3
    assert told["backup"] == "not set up"
    assert troubles(WELL, AROUND) == []


def test_the_show_its_sensors_and_projector_are_told_one_by_one():
    board = BoardState("door", "/dev/lantern-board", connected=True, firmware="1", echo="beyond")
    told = table(changed(WELL, show=SHOWING, boards=(board,)), more=SHOW)
    assert told["show"].startswith("a photo plays, nobody is there; open")
    assert told["show"].endswith("programme everyday, 1,200 photos; sound -24 dB")
    assert told["sensors"] == (
        "nobody is there; front (ultrasonic): FAULT; "
        "door (board): connected, firmware 1, nothing within reach"
    )
    assert told["projector"] == 'on, lamp 1,234 h, switched by "pjlink"'
    lost = changed(board, connected=False, fault="no report")
    assert (
        "door (board): NOT connected"
        in table(changed(WELL, show=SHOWING, boards=(lost,)), more=SHOW)["sensors"]
    )


def test_what_only_the_daemon_knows_is_called_unknown_without_it():
    told = table(changed(WELL, running=False), more=SHOW)
    for row in ("show", "sensors", "projector"):
        assert told[row].endswith("not known while the daemon does not run"), row
    assert lines(changed(WELL, running=False), settings(), AROUND)[0].endswith("NOT running")


def test_troubles_of_all_parts_come_first():
    wrong = changed(
        AROUND,
        page_silence="connection refused",
        server_silence="search server: no answer",
        undervoltage=True,
        disks=(Disk("state", 100_000_000, 32_000_000_000), Disk("photos", 10**10, 10**11)),
        units=(
            Unit(name="lantern.service", load="loaded", active="active"),
            Unit(name="lantern-screen.service", load="loaded", active="failed"),
            Unit(name="lantern-web.service", load="loaded", active="inactive", file="disabled"),
        ),
    )
    status = changed(WELL, version="0.0.9", notices=("photo folder: gone; mount it",))
    told = troubles(status, wrong)
    assert told[0] == "photo folder: gone; mount it"
    for word in ("version 0.0.9", "page does not answer", "search server", "0.1 of 32.0 GB"):
        assert any(word in trouble for trouble in told), word
    assert [trouble for trouble in told if "lantern-screen is failed" in trouble]
    assert not [trouble for trouble in told if "lantern-web is" in trouble]
    services = table(status, wrong)["services"]
    assert services == "lantern active, lantern-screen failed", "who is not wanted is not told"
    printed = lines(status, settings(), wrong)
    assert printed[1 : 1 + len(told)] == [f"trouble: {trouble}" for trouble in told]


def test_a_backup_is_told_only_by_what_systemd_says_of_it(monkeypatch, tmp_path):
    timer = Unit(name="lantern-backup.timer", load="loaded", active="active", next_run="Sun 03:00")
    config = settings(f'[paths]\nstate = "{tmp_path}"\nruntime = "{tmp_path}"\n')
    monkeypatch.setattr(surroundings.units, "states", lambda: ())
    assert surroundings.look(config).backup is None
    monkeypatch.setattr(surroundings.units, "states", lambda: (timer,))
    assert surroundings.look(config).backup == "last never, next Sun 03:00"
    stopped = changed(timer, active="inactive")
    monkeypatch.setattr(surroundings.units, "states", lambda: (stopped,))
    assert surroundings.look(config).backup == "set up, and its timer is inactive"


def test_no_line_is_wider_than_the_terminal_and_one_screen_is_enough():
    many = tuple(Problem(f"{n} lost.jpg".encode(), State.FAILED, "word " * 20) for n in range(90))
    status = changed(WELL, problems=many, show=SHOWING, notices=("word " * 30,))
    told = lines(status, settings(SHOW), AROUND, Layout(80))
    assert max(len(line) for line in told) <= 80
    assert len(told) <= 40
    assert f"... and {len(many) - MOST_FILES} more" in told[-1]


def test_in_a_pipe_each_fact_is_one_line_and_nothing_shines():
    status = changed(
        WELL,
        notices=("a\nb\x1b[31m " + "long " * 40,),
        unwritten=(Unwritten(b"new\nline.jpg", "read-only", True),),
    )
    told = lines(status, settings(), AROUND)
    assert all(line.isprintable() for line in told)
    assert "backup: not set up" in told
    assert "failed: broken.jpg: no picture" in told
    assert any(line.startswith("caption not written: new\ufffdline.jpg: ") for line in told)


def test_heads_shine_on_a_terminal_that_can_and_the_text_stays_in_its_columns():
    plain = Layout(30).hung("trouble: ", "one two three four five six", strong=True)
    shining = Layout(30, shines=True).hung("trouble: ", "one two three four five six", strong=True)
    assert plain == ["trouble: one two three four", "         five six"]
    assert "".join(shining[0].split("\x1b[1m")).replace("\x1b[0m", "") == plain[0]
    assert all(unicodedata.category(c) != "Cc" for c in plain[0])


def test_everything_is_in_the_json(capsys):
    told = json.loads(status.as_json(WELL, AROUND))
    assert told["counts"]["failed"] == 1
    assert told["problems"][0]["path"] == "broken.jpg"
    assert told["surroundings"]["page"] == "http://gallery.local:8080/"
    assert told["surroundings"]["backup"] is None


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, "5 s"), (65, "1 min 5 s"), (3_700, "1 h 1 min"), (273_600, "3 d 4 h")],
)
def test_durations_are_told_in_two_units(seconds, told):
    assert duration(seconds) == told


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 500)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_page_is_asked_where_it_is(monkeypatch, tmp_path):
    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    for host in ("127.0.0.1", "0.0.0.0"):
        assert page_at.silence(Web(host=host, port=port)) == ""
    server.shutdown()
    server.server_close()
    assert page_at.silence(Web(port=free_port())) == "connection refused"


def test_the_page_is_called_by_a_name_that_visitors_can_use(monkeypatch, tmp_path):
    monkeypatch.setattr(page_at.socket, "gethostname", lambda: "gallery.example")
    monkeypatch.setattr(page_at, "AVAHI", tmp_path)
    assert page_at.address(Web(host="0.0.0.0")) == "http://gallery.local:8080/"
    assert page_at.address(Web(host="::", names=("photos.example",), port=80)) == (
        "http://photos.example:80/"
    )
    assert page_at.address(Web(host="::1")) == "http://[::1]:8080/"
    monkeypatch.setattr(page_at, "AVAHI", tmp_path / "none")
    assert page_at.address(Web(host="0.0.0.0")).startswith("http://")


NAS, DISK = "ssh://lantern@nas.local/backup/photos", "/mnt/usb/photos"
BACKUP = f"""
[backup]
repositories = ["{NAS}", "{DISK}"]
"""
BACKED_UP = BackupState(
    repositories=(
        RepositoryState(
            repository=NAS,
            good_at=1_795_000_000.0,
            archives=23,
            stored_bytes=643_000_000_000,
            free_bytes=1_000_000_000_000,
            proved_at=1_794_900_000.0,
        ),
        RepositoryState(repository=DISK, fault="no room, make some"),
    ),
    next_at=1_795_050_000.0,
)


def backup(state, around=AROUND, *, running=True):
    return table(changed(WELL, backup=state, running=running), around, BACKUP)["backup"]


def test_the_backup_is_told_by_each_repository_and_when_the_next_is_due():
    told = backup(BACKED_UP)
    assert told.startswith("never done yet; ")
    assert f"{NAS}: 23 archives, 643.0 GB, 1.0 TB free there, restored for proof" in told
    assert f"{DISK}: nothing known yet, LAST TRY FAILED: no room, make some" in told
    assert "; next " in told
    one = changed(BACKED_UP, repositories=BACKED_UP.repositories[:1], next_at=None)
    assert backup(one).startswith("all saved as of ")
    assert backup(one).endswith("no timer starts the next")
    down = backup(None, changed(AROUND, backup="last never, next Sun"), running=False)
    assert down == "not known while the daemon does not run; its timer: last never, next Sun"


def test_a_backup_under_way_is_told_with_its_share_and_what_it_waits_for():
    running = RunningBackup(
        action="backup",
        repository=NAS,
        began=1.0,
        files=1234,
        original_bytes=45,
        of_bytes=60,
        waits_for="somebody stands before the show",
    )
    told = f"a backup of {NAS} runs, 1,234 files, some 75% of it, and waits: somebody stands before"
    assert told in backup(changed(BACKED_UP, running=running))
