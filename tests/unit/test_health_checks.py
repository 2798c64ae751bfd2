"""What the doctor says, and that it always says what to do."""

import os

import msgspec

from lantern.config import parse
from lantern.errors import Unavailable
from lantern.health.access import daemons_user, may
from lantern.health.checks import examine, films, photo_folder, state_folder
from lantern.health.finding import ASK_THE_LOG, of_error, to_do

NOBODY = 65534

CONFIG = """
[photos]
root = "/srv/photos"
[programmes.everyday]
photos = "all"
films = "{first}"
[programmes.night]
films = "{second}"
"""


def told(first, second):
    return msgspec.structs.astuple(films(parse(CONFIG.format(first=first, second=second))))


def test_folders_of_films_are_good_where_they_can_be_read(tmp_path):
    assert told(tmp_path, tmp_path) == ("films", True, str(tmp_path), "")
    none = parse('[photos]\nroot = "/srv/photos"\n')
    assert films(none).sentence == "no programme plays any"


def test_a_folder_of_films_that_is_gone_is_told_with_its_programme(tmp_path):
    gone = tmp_path / "gone"
    assert told(tmp_path, gone) == (
        "films",
        False,
        f"{gone}: no such file or directory",
        "mount it, or set programmes.night.films",
    )


def test_an_error_is_parted_into_what_is_wrong_and_the_next_step():
    assert of_error("disk", "no room; make some") == to_do("disk", "no room", "make some")
    assert of_error("disk", "a; b; make some").fix == "make some"
    assert of_error("disk", Unavailable("no word of help")).fix == ASK_THE_LOG


def test_nothing_is_found_wrong_without_a_step(tmp_path, monkeypatch):
    gone = CONFIG.format(first=tmp_path / "gone", second=tmp_path).replace(
        "/srv/photos", str(tmp_path / "no photos")
    )
    (tmp_path / "file").touch()
    config = parse(
        gone + f'[show]\nprogramme = "everyday"\n[[sensors]]\nname = "front"\nby = "board"\n'
        f'device = "{tmp_path}/none"\n[paths]\nstate = "{tmp_path}/file/state"\n'
        f'runtime = "{tmp_path}"\n[captions]\nmodels = "{tmp_path}/none"\n'
        '[search]\nengine = "meilisearch"\nurl = "http://127.0.0.1:9"\n'
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    wrong = [found for found in examine(config) if not found.good]
    assert {"photos", "model", "player", "films", "board", "search server"} <= {
        found.subject for found in wrong
    }
    assert [found for found in wrong if not found.fix] == []
    assert all(not found.fix for found in examine(config) if found.good)


def test_the_daemons_user_counts_and_not_whoever_asks(tmp_path):
    config = parse(f'[photos]\nroot = "{tmp_path}"\n[paths]\nstate = "{tmp_path}/state"\n')
    config.paths.state_folder.mkdir()
    if os.geteuid() == 0:
        os.chown(config.paths.state_folder, NOBODY, -1)
        tmp_path.chmod(0o755)
        found = photo_folder(config)
        assert (found.good, "may not write captions there" in found.sentence) == (False, True)
        tmp_path.chmod(0o777)
    assert photo_folder(config).good
    assert state_folder(config).good
    config.paths.state_folder.chmod(0o500)
    found = state_folder(config)
    assert found.good is (os.geteuid() == 0 and daemons_user(config) == 0)


def test_a_file_is_judged_by_its_owner_then_its_group_then_everybody(tmp_path):
    file = tmp_path / "file"
    file.touch(0o640)
    file.chmod(0o640)
    status = os.stat(file)
    assert may(0, status, os.R_OK | os.W_OK)
    assert may(status.st_uid, status, os.R_OK | os.W_OK)
    assert not may(NOBODY, status, os.R_OK)
    file.chmod(0o604)
    assert may(NOBODY, os.stat(file), os.R_OK)
    assert not may(NOBODY, os.stat(file), os.W_OK)
