"""The last good configuration: kept where state is, found though the file is not."""

from pathlib import Path

import pytest

from lantern import config
from lantern.config.good import copy_of, keep_good
from lantern.errors import ConfigError

GOOD = '[photos]\nroot = "/srv/photos"\n'


@pytest.fixture
def file(tmp_path, monkeypatch):
    state = tmp_path / "state"
    state.mkdir()
    monkeypatch.setenv("STATE_DIRECTORY", str(state))
    file = tmp_path / "lantern.toml"
    file.write_text(GOOD)
    return file


def test_a_good_file_is_in_force_and_a_broken_one_is_not(file):
    assert config.in_force(file).flaw == ""
    keep_good(file)
    file.write_text(GOOD.replace("root", "roots"))
    found = config.in_force(file)
    assert found.config.photos.root == "/srv/photos"
    assert str(file) in found.flaw
    assert 'unknown option "photos.roots"' in found.flaw
    assert "the last good configuration is used" in found.flaw


@pytest.mark.parametrize("broken", [b"", b"\0" * 100, b"\xff\xfe", b"[photos", None])
def test_whatever_is_wrong_with_the_file_the_good_one_is_found(file, broken):
    keep_good(file)
    if broken is None:
        file.unlink()
    else:
        file.write_bytes(broken)
    assert config.in_force(file).config.photos.root == "/srv/photos"


def test_without_a_good_one_the_flaw_is_an_error(file):
    file.write_text("[photos")
    with pytest.raises(ConfigError, match="not TOML"):
        config.in_force(file)


def test_a_good_one_that_is_broken_as_well_is_none(file):
    keep_good(file)
    copy_of(file).write_bytes(b"\0")
    file.write_text("[photos")
    with pytest.raises(ConfigError, match="not TOML"):
        config.in_force(file)


def test_a_broken_file_is_never_kept(file):
    keep_good(file)
    file.write_text("[photos")
    with pytest.raises(ConfigError):
        keep_good(file)
    assert copy_of(file).read_text() == GOOD


def test_the_same_again_is_not_written(file):
    keep_good(file)
    before = copy_of(file).stat().st_ino
    keep_good(file)
    assert copy_of(file).stat().st_ino == before
    file.write_text(GOOD + "# new\n")
    keep_good(file)
    assert copy_of(file).read_text() == GOOD + "# new\n"


def test_the_copy_lies_where_a_service_keeps_its_state_or_nowhere(monkeypatch):
    mine, system = Path("/home/me/lantern.toml"), Path("/etc/lantern/lantern.toml")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two")
    assert copy_of(mine) == copy_of(system) == Path("/var/lib/one/lantern.toml.good")
    monkeypatch.delenv("STATE_DIRECTORY")
    assert copy_of(mine) is None
    assert copy_of(system) == Path("/var/lib/lantern/lantern.toml.good")
