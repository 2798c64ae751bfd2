"""What the doctor says of Lantern's files, units and socket, and of the journal."""

import os
import socket

import pytest

from lantern.config import parse
from lantern.health import house_checks, units
from lantern.health.units import states

CONFIG = """
[photos]
root = "{home}"
[paths]
state = "{home}"
runtime = "{home}"
[projector]
by = "pjlink"
host = "projector.example"
password_file = "{home}/projector"
"""

SHOWN = """\
Id=lantern.service
LoadState=loaded
ActiveState={daemon}
SubState=running
UnitFileState=enabled
Result=success
NRestarts={restarts}
StatusText=12 of 12 files described=all

Id=lantern-web.service
LoadState=loaded
ActiveState={page}
SubState=dead
UnitFileState={wanted}
Result=exit-code
NRestarts={page_restarts}

Id=meilisearch.service
LoadState=not-found
ActiveState=inactive
"""


@pytest.fixture
def config(tmp_path):
    return parse(CONFIG.format(home=tmp_path))


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """Put a `systemctl` first on the path that tells of units as it would."""

    def tells(**values):
        usual = {"restarts": 0, "page": "active", "wanted": "enabled"}
        usual |= {"daemon": "active", "page_restarts": 0}
        shown = SHOWN.format(**usual | values)
        (tmp_path / "shown").write_text(shown)
        program = tmp_path / "systemctl"
        program.write_text(f"#!/bin/sh\ncat {tmp_path}/shown\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr(house_checks.units, "states", lambda: states(runs=tmp_path))

    return tells


def test_units_are_told_in_systemds_own_words_and_those_that_are_not_there_are_not(
    systemd, tmp_path
):
    systemd(restarts=2)
    daemon, page = units.states()
    assert (daemon.name, daemon.short, daemon.restarts) == ("lantern.service", "lantern", "2")
    assert daemon.said == "12 of 12 files described=all"
    assert (page.active, page.is_wanted) == ("active", True)


def test_without_systemd_no_unit_is_asked_for(tmp_path):
    assert states(runs=tmp_path / "none") == ()


def test_a_unit_that_is_enabled_and_does_not_run_is_to_be_started(config, systemd):
    systemd()
    assert house_checks.services(config).sentence == "active: lantern, lantern-web"
    systemd(page="failed")
    found = house_checks.services(config)
    assert found.sentence == "lantern-web is failed (exit-code)"
    assert '"sudo systemctl restart lantern-web"' in found.fix
    systemd(page="inactive")
    assert not house_checks.services(config).good


def test_all_that_is_wrong_is_told_at_once(config, systemd, tmp_path):
    systemd(restarts=9, page="failed", daemon="failed", page_restarts=12)
    services = house_checks.services(config)
    assert services.sentence == "lantern is failed (success), lantern-web is failed (exit-code)"
    assert services.fix == (
        '"sudo systemctl restart lantern lantern-web"; '
        '"lantern logs --unit lantern --unit lantern-web" tells why'
    )
    restarts = house_checks.restarts(config)
    assert (
        restarts.sentence == "started again by themselves: lantern 9 times and lantern-web 12 times"
    )
    assert restarts.fix.endswith("tells what ended them")
    for name in ("password", "projector"):
        (tmp_path / name).touch(mode=0o644)
    found = house_checks.secrets(config)
    assert found.fix == f'"sudo chmod o-rwx {tmp_path}/password {tmp_path}/projector"'


def test_who_disabled_a_unit_is_not_told_to_start_it(config, systemd):
    systemd(page="inactive", wanted="disabled")
    assert house_checks.services(config).good


def test_a_unit_that_is_started_again_and_again_is_told(config, systemd):
    systemd(restarts=house_checks.MANY_STARTS)
    assert house_checks.restarts(config).good
    systemd(restarts=house_checks.MANY_STARTS + 1)
    found = house_checks.restarts(config)
    assert (found.good, found.fix) == (False, '"lantern logs --unit lantern" tells what ended it')


def test_a_configuration_that_everybody_may_change_is_to_be_closed(tmp_path):
    file = tmp_path / "lantern.toml"
    file.touch()
    file.chmod(0o664)
    assert house_checks.config_file(file).good
    file.chmod(0o666)
    assert house_checks.config_file(file).fix == f'"sudo chmod o-w {file}"'
    assert not house_checks.config_file(tmp_path / "none").good


@pytest.mark.parametrize("name", ["password", "projector"])
def test_a_secret_that_everybody_may_read_is_to_be_closed(config, tmp_path, name):
    file = tmp_path / name
    file.write_text("s3cret")
    file.chmod(0o640)
    assert house_checks.secrets(config).good
    file.chmod(0o644)
    found = house_checks.secrets(config)
    assert found.fix == f'"sudo chmod o-rwx {file}"'
    assert "s3cret" not in found.sentence


def test_a_control_socket_that_is_open_to_strangers_is_told(config):
    assert "no daemon runs" in house_checks.control_socket(config).sentence
    path = config.paths.control_socket
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o660)
        assert house_checks.control_socket(config).good
        path.chmod(0o666)
        assert "closed to strangers" in house_checks.control_socket(config).sentence


def journal(tmp_path, files):
    for name, text in files.items():
        file = tmp_path / "etc/systemd" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    folder = tmp_path / "journal"
    folder.mkdir(exist_ok=True)
    config = parse(f'[photos]\nroot = "{tmp_path}"\n')
    return house_checks.journal_limit(config, tmp_path, folder, runs=tmp_path)


def test_a_journal_without_a_limit_may_fill_the_card(tmp_path):
    found = journal(tmp_path, {"journald.conf": "[Journal]\n#SystemMaxUse=\n"})
    assert not found.good
    assert "SystemMaxUse=200M" in found.fix
    limited = journal(tmp_path, {"journald.conf.d/a.conf": "[Journal]\nSystemMaxUse=200M\n"})
    assert limited.sentence == "it takes 200M at most"


def test_of_a_journals_settings_the_last_file_by_name_counts(tmp_path):
    files = {
        "journald.conf": "[Journal]\nSystemMaxUse=1G\n",
        "journald.conf.d/b.conf": "[Journal]\nSystemMaxUse = 3M\n",
        "journald.conf.d/a.conf": "[Journal]\nSystemMaxUse=2M\n",
    }
    assert journal(tmp_path, files).sentence.startswith("it takes 3M")
    assert "memory" in journal(tmp_path, {"journald.conf.d/c.conf": "Storage=volatile\n"}).sentence
