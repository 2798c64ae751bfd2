"""`lantern.toml`: what is documented, and what is refused."""

import datetime
import re
import zoneinfo
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from lantern.config import Config, Programme, Section, Sensor, Show, find, load, parse
from lantern.config.file import BOARD_FURTHEST_M, BOARD_NEAREST_M
from lantern.errors import ConfigError
from lantern.link.messages import Configure, fields

DOCUMENTED = Path(__file__).parents[2] / "lantern.toml"
MINIMAL = '[photos]\nroot = "/srv/photos"\n'

_OPTION = re.compile(r"^#(\w+ = .+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"^#(\[.+\])$", re.MULTILINE)

EXAMPLES = {"programmes": {}, "sensors": ()}
"""Sections of which there may be many: the file shows one of each, as a comment."""


def options_of(section: type[Section], prefix: str = "") -> set[str]:
    found = set()
    for field in msgspec.structs.fields(section):
        kinds = (field.type, *get_args(field.type))
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)]
        if inner:
            found |= options_of(inner[0], f"{field.name}.")
        else:
            found.add(prefix + field.name)
    return found


def options_in(text: str) -> list[str]:
    found, section = [], ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"#?\[+(\w+)[\w.]*\]+", line):
            section = heading[1]
        elif option := re.match(r"#?(\w+) = ", line):
            found.append(f"{section}.{option[1]}")
    return found


def test_the_commented_file_can_be_used_as_it_is():
    assert load(DOCUMENTED) == parse(MINIMAL)


def test_every_option_is_documented_once_and_none_that_nobody_reads():
    documented = options_in(DOCUMENTED.read_text("utf-8"))
    assert sorted(documented) == sorted(options_of(Config))


def test_every_commented_option_shows_its_default():
    text = DOCUMENTED.read_text("utf-8")
    uncommented, count = _OPTION.subn(r"\1", _EXAMPLE.sub(r"\1", text))
    assert count == len(options_of(Config)) - 1  # photos.root alone has no default
    found = parse(uncommented)
    assert found.programmes == {"everyday": Programme(photos="all")}
    assert found.sensors == (Sensor(name="front", by="ultrasonic"),)
    assert msgspec.structs.replace(found, **EXAMPLES) == parse(MINIMAL)


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (MINIMAL + "settle = 1", "photos.settle_s"),
        (MINIMAL + "[caption]", "captions"),
        (MINIMAL + "[captions]\nworker = 1", "captions.workers"),
        (MINIMAL + "[web]\nPort = 1", "web.port"),
    ],
)
def test_an_unknown_option_is_refused_with_the_one_that_was_meant(text, meant):
    assert f'did you mean "{meant}"?' in refusal(text)


def test_an_unknown_option_like_no_other_is_refused_with_those_that_are_known():
    told = refusal(MINIMAL + "[web]\nzzz = 1")
    assert 'unknown option "web.zzz"' in told
    assert "host, port, names" in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["photos", "missing"]),
        ("[photos]", ["root", "missing"]),
        ('[photos]\nroot = ""', ["photos.root", "begins with"]),
        ('[photos]\nroot = "photos"', ["photos.root", "begins with", "got 'photos'"]),
        ('[photos]\nroot = "/a\\u0000b"', ["photos.root", "begins with"]),
        (MINIMAL + '[paths]\nstate = "state"', ["paths.state", "begins with"]),
        ("[photos]\nroot = 3", ["photos.root", "expected", "got"]),
        (MINIMAL + 'settle_s = "2"', ["photos.settle_s", "a number", "text in quotes"]),
        (MINIMAL + "settle_s = 0", ["photos.settle_s", ">= 0.1"]),
        (MINIMAL + "settle_s = nan", ["photos.settle_s"]),
        (MINIMAL + "rescan_s = inf", ["photos.rescan_s"]),
        (MINIMAL + "[captions]\nworkers = 17", ["captions.workers", "<= 16"]),
        (MINIMAL + "[captions]\nworkers = 1.5", ["captions.workers", "a whole number", "a number"]),
        (
            MINIMAL + "[captions]\nworkers = true",
            ["captions.workers", "a whole number", "true or false"],
        ),
        (MINIMAL + "[web]\nport = 65536", ["web.port", "<= 65535"]),
        (MINIMAL + '[search]\nengine = "elastic"', ["search.engine", "elastic"]),
        (MINIMAL + '[search]\nurl = "localhost:7700"', ["search.url", "http://127.0.0.1:7700"]),
        (MINIMAL + '[search]\nurl = "http://key@pi"', ["search.url", "got"]),
        (MINIMAL + '[search]\nurl = "http://[::"', ["search.url", "got"]),
        (MINIMAL + '[web]\nhost = ""', ["web.host", "length >= 1"]),
        (MINIMAL + '[search]\nkey_file = "key"', ["search.key_file", "begins with"]),
        (MINIMAL + '[web]\nnames = "pi"', ["web.names", "a list in brackets", "text in quotes"]),
        (MINIMAL + "[web]\nnames = [3]", ["web.names", "text in quotes", "a whole number"]),
        (MINIMAL + "[presence]\nleave_m = 1.0", ["presence.leave_m", "enter_m, 1.5", "got 1.0"]),
        (MINIMAL + "[presence]\nhold_off_s = 6", ["presence.hold_off_s", "sound.hold_s, 5,"]),
        (MINIMAL + "[sound]\nhold_s = 0", ["presence.hold_off_s", "sound.hold_s, 0,", "got 1"]),
        (MINIMAL + "[sound]\nfull_db = -30", ["sound.full_db", "idle_db, -24.0", "got -30.0"]),
        (MINIMAL + "[sound]\nset_db = 3", ["sound.set_db", "<= 0"]),
        (MINIMAL + '[sound]\nlimits = { "22-8" = -20 }', ["sound.limits", "10:00-18:00"]),
        (MINIMAL + '[sound]\nlimits = { "22:00-08:00" = 1 }', ["sound.limits", "<= 0"]),
        (MINIMAL + '[hours]\nzone = "Berlin"', ["hours.zone", "Europe/Berlin", "'Berlin'"]),
        (MINIMAL + '[hours]\nzone = "../etc"', ["hours.zone", "Europe/Berlin"]),
        (
            MINIMAL + '[hours]\nmonday = "10:00-18:00"',
            ["hours.monday", "a list in brackets", "text in quotes"],
        ),
        (MINIMAL + '[hours]\nmonday = ["9:00-18:00"]', ["hours.monday", "10:00-18:00"]),
        (MINIMAL + '[hours]\nmonday = ["10:00-25:00"]', ["hours.monday", "10:00-18:00"]),
        (MINIMAL + '[hours]\nmonday = ["10:00-10:00"]', ["hours.monday", "00:00-24:00"]),
        (MINIMAL + '[hours]\nexceptions = { "2026-02-30" = [] }', ["hours.exceptions", "02-30"]),
        (MINIMAL + '[hours]\nexceptions = { "2026-W01-1" = [] }', ["hours.exceptions", "W01"]),
        (MINIMAL + '[hours]\nexceptions = { "2026-08-20/2026-08-01" = [] }', ["last day after"]),
        (MINIMAL + '[hours]\nexceptions = { "12-25" = ["x"] }', ['hours.exceptions."12-25"']),
        ("photos = 3", ["photos", "got"]),
        ("[photos\n", ["TOML"]),
    ],
)
def test_a_wrong_value_is_refused_with_the_option_and_what_was_expected(text, words):
    told = refusal(text)
    assert all(word in told for word in words), told
    assert "\n" not in told
    assert "$" not in told


def test_all_wrong_options_are_told_at_once():
    told = refusal(MINIMAL + 'settle_s = 0\n[web]\nport = -1\nhost = 3\n[sound]\nset_db = "x"')
    faults = told.split("; also ")
    named = ["photos.settle_s", "web.host", "web.port", "sound.set_db"]
    assert [fault.partition(":")[0] for fault in faults] == named
    unknown = refusal(MINIMAL + "[web]\nPort = 1\n[captions]\nworker = 1")
    assert unknown.count("did you mean") == 2


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[programmes.night]\nfilms = "films"', "programmes.night: films: expected"),
        ("[programmes.night]\nphotos_between = 0", "programmes.night.photos_between: expected"),
        ("[programmes.night]", "programmes.night: expected"),
        ('[[sensors]]\nname = "a"\nby = "motion"\nline = 99', "sensors[0].line: expected"),
        ('[[sensors]]\nby = "motion"', "sensors[0]: missing"),
    ],
)
def test_a_wrong_programme_or_sensor_is_told_by_its_name(text, where):
    day = '[programmes.day]\nphotos = "all"\n'
    assert refusal(MINIMAL + day + text).startswith(where)


def test_whole_numbers_may_stand_for_seconds():
    assert parse(MINIMAL + "settle_s = 3").photos.settle_s == 3.0


def test_the_root_may_be_in_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert parse('[photos]\nroot = "~/photos/"').photos.folder == b"/home/ada/photos"


def test_configured_folders_hold_everything(tmp_path):
    paths = parse(MINIMAL + f'[paths]\nstate = "{tmp_path}/s"\nruntime = "{tmp_path}/r"').paths
    assert paths.catalog == tmp_path / "s" / "catalog.sqlite3"
    assert paths.thumbnails.parent == paths.index.parent == tmp_path / "s"
    assert paths.control_socket == tmp_path / "r" / "control.sock"


def test_without_a_zone_the_hours_are_those_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr("lantern.config.kiosk.SYSTEM_ZONE", tmp_path / "localtime")
    assert parse(MINIMAL).hours.time_zone.key == "UTC"
    berlin = parse(MINIMAL + '[hours]\nzone = "Europe/Berlin"').hours.time_zone
    (tmp_path / "localtime").write_bytes(zone_file(berlin.key).read_bytes())
    summer = datetime.datetime(2026, 7, 1)
    assert parse(MINIMAL).hours.time_zone.utcoffset(summer) == berlin.utcoffset(summer)


def zone_file(key: str) -> Path:
    return next(Path(root, key) for root in zoneinfo.TZPATH if Path(root, key).exists())


def test_errors_name_the_file(tmp_path):
    file = tmp_path / "lantern.toml"
    file.write_bytes(b"[photos]\nroot = '\xff'\n")
    with pytest.raises(ConfigError, match=r"lantern\.toml: expected UTF-8"):
        load(file)
    file.write_text("[photos]\nrot = 'x'\n")
    with pytest.raises(ConfigError, match=r'lantern\.toml: unknown option "photos\.rot"'):
        load(file)
    with pytest.raises(ConfigError, match=r"cannot be read"):
        load(tmp_path)


def test_a_missing_file_is_told_with_the_next_step(tmp_path):
    with pytest.raises(ConfigError, match=r"no configuration at .*none\.toml; copy"):
        find(tmp_path / "none.toml")


def test_the_users_own_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("lantern.config.file.SYSTEM_CONFIG", tmp_path / "none")
    file = tmp_path / "lantern" / "lantern.toml"
    file.parent.mkdir()
    file.write_text(MINIMAL)
    assert find(None) == file


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[show]\nprogramme = "films"',
            "expected the name of a programme (none is described), got 'films'",
        ),
        ('[show]\ntimes = { "9-10" = "" }', 'show.times: expected times like "10:00-18:00"'),
        (
            "[programmes.a]\nphoto = 1",
            'unknown option "programmes.a.photo"; did you mean "programmes.a.photos"?',
        ),
        ("[programmes.a]", 'expected photos = "all" or another choice, or films, got neither'),
        (
            '[programmes.a]\nfilms = "films"',
            """films: expected a path that begins with "/" or "~", got 'films'""",
        ),
        ('[programmes.a]\nfilms = "/f"\nquery = "dog"', 'query: expected photos = "all"'),
        ('[[sensors]]\nname = "a"\nby = "motion"\npin = 4', 'unknown option "sensors[0].pin"'),
        (
            '[[sensors]]\nname = "a"\nby = "sonar"',
            'expected "ultrasonic" or "motion" or "board" or "camera" or "simulated", got',
        ),
        (
            '[[sensors]]\nname = "a"\nby = "motion"\n' * 2,
            "sensors: expected names that differ, got 'a' twice",
        ),
        (
            '[[sensors]]\nname = "a"\nby = "board"\ndevice = "ttyACM0"',
            "sensors[0]: device: expected a path that begins with",
        ),
        (
            "".join(f'[[sensors]]\nname = "{name}"\nby = "board"\n' for name in "ab"),
            "sensors: expected boards with devices that differ, got '/dev/lantern-board' twice",
        ),
        (
            '[[sensors]]\nname = "a"\nby = "board"\n[presence]\nleave_m = 4.5',
            "presence.leave_m: expected 0.03 to 4 where a sensor is a board",
        ),
        (
            '[[sensors]]\nname = "a"\nby = "board"\n[presence]\nenter_m = 0.02',
            "presence.enter_m: expected 0.03 to 4 where a sensor is a board",
        ),
        ('[[sensors]]\nname = "a"\nby = "camera"', 'camera.by: expected "picamera2" or "files"'),
        ("[show]\nphoto_s = 5\nfade_s = 6", "show.fade_s: expected at most photo_s, 5, got 6"),
        ('[guests]\nby = "dwell"', 'guests.by: expected sensors where it is "dwell"'),
        ('[guests]\nby = "button"', 'camera.by: expected "picamera2" or "files"'),
        ('[guests]\nfolder = "../out"', "guests.folder: expected a folder below photos.root"),
    ],
)
def test_a_show_that_cannot_be_is_refused_by_name(text, told):
    assert told in refusal(MINIMAL + text)


def test_thresholds_are_refused_for_a_board_alone_and_just_where_its_protocol_ends():
    far = MINIMAL + "[presence]\nenter_m = 4\nleave_m = 5\n"
    assert parse(far + '[[sensors]]\nname = "a"\nby = "ultrasonic"').presence.leave_m == 5
    ranges = {field.name: (field.lowest, field.highest) for field in fields(Configure)}
    told = round(BOARD_NEAREST_M * 1000), round(BOARD_FURTHEST_M * 1000)
    assert ranges["enter_mm"] == ranges["leave_mm"] == told


def test_the_first_hours_that_fit_choose_the_programme():
    show = Show(programme="day", times={"17:00-02:00": "night", "18:00-19:00": "never"})
    assert [show.programme_at(minute) for minute in (None, 600, 17 * 60, 18 * 60, 60)] == [
        "day",
        "day",
        "night",
        "night",
        "night",
    ]
