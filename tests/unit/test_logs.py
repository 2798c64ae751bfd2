"""`lantern logs`: what journalctl is asked, and what is said where there is no journal."""

import argparse
import json
import os
import subprocess
import sys

import pytest

from lantern.cli import logs
from lantern.cli.logs import add_arguments, command
from lantern.errors import Unavailable

EVENTS = "photo described\nphoto not described\nlantern runs\n"


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "lantern.toml"
    file.write_text(f'[photos]\nroot = "{tmp_path}/photos"\n[paths]\nstate = "{tmp_path}"\n')
    (tmp_path / "photos").mkdir()
    return file


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """Give a journal, and a journalctl that tells how it is called and which events there are."""
    program = tmp_path / "journalctl"
    (tmp_path / "events").write_text(EVENTS)
    program.write_text(
        f'#!/bin/sh\ncase "$1" in --field=*) cat {tmp_path}/events ;; '
        f'*) printf "%s\\n" "$@" ;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    folder = tmp_path / "journal" / "0123"
    folder.mkdir(parents=True)
    (folder / "system.journal").touch()
    monkeypatch.setattr(logs, "JOURNALS", (tmp_path / "journal",))
    return tmp_path / "journal"


def asked(config, *words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parsed = parser.parse_args(words)
    parsed.config = config
    return command(parsed)[1:]


def test_the_newest_lines_of_all_units_are_shown_without_an_option(config, journal):
    words = asked(config)
    assert {"--unit=lantern.service", "--unit=lantern-web.service"} <= set(words)
    assert words[-1] == f"--lines={logs.USUALLY}"
    assert "--pager-end" in words
    assert "--all" not in words  # it would let control characters through


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("2h", "-2h"),
        ("30 min", "-30 min"),
        ("yesterday", "yesterday"),
        ("2026-07-04", "2026-07-04"),
    ],
)
def test_a_time_is_said_as_people_say_it(config, journal, given, passed):
    words = asked(config, "--since", given, "-f")
    assert f"--since={passed}" in words
    assert "--follow" in words
    assert not [word for word in words if word.startswith("--lines")]


def test_a_photo_is_named_by_its_path_however_it_is_written(config, journal, monkeypatch):
    root = config.parent / "photos"
    (root / "2021").mkdir()
    for name in ("2021/beach.jpg", str(root / "2021" / "beach.jpg")):
        assert asked(config, "--photo", name)[-1] == "LANTERN_PHOTO=2021/beach.jpg"
    monkeypatch.chdir(root / "2021")
    assert asked(config, "--photo", "beach.jpg")[-1] == "LANTERN_PHOTO=2021/beach.jpg"


def test_what_only_lantern_tells_is_looked_for_in_every_unit(config, journal):
    words = asked(config, "--event", "lantern runs")
    assert not [word for word in words if word.startswith("--unit")]
    assert "--unit=lantern-web" in asked(config, "--event", "lantern runs", "--unit", "lantern-web")


def test_an_event_may_be_a_part_of_its_words(config, journal, capsys):
    found = asked(config, "--event", "DESCRIBED")
    assert found[-2:] == [
        "LANTERN_EVENT=photo described",
        "LANTERN_EVENT=photo not described",
    ]
    exact = asked(config, "--event", "photo described")
    assert [word for word in exact if word.startswith("LANTERN")] == [
        "LANTERN_EVENT=photo described"
    ]
    with pytest.raises(SystemExit):
        asked(config, "--event", "earthquake")
    assert '"photo not described"' in capsys.readouterr().err


def test_without_a_journal_it_is_said_where_the_log_is(config, journal, tmp_path):
    for file in journal.glob("*/*"):
        file.unlink()
    with pytest.raises(Unavailable, match="standard error"):
        asked(None)
    (tmp_path / "lantern.log").touch()
    with pytest.raises(Unavailable, match=f'"tail -F {tmp_path}/lantern.log"'):
        asked(config)


def test_who_may_not_read_the_journal_is_told_how_to(config, journal, monkeypatch):
    there = os.access
    monkeypatch.setattr(
        os, "access", lambda path, how: not str(path).endswith(".journal") and there(path, how)
    )
    with pytest.raises(Unavailable, match="usermod -aG systemd-journal"):
        asked(config)


def test_the_command_becomes_journalctl(config, journal):
    patched = (
        "import sys, pathlib; from lantern.cli import logs; from lantern.__main__ import main; "
        f"logs.JOURNALS = (pathlib.Path({str(journal)!r}),); sys.exit(main(sys.argv[1:]))"
    )
    words = ["--config", str(config), "logs", "--json", "-n", "7"]
    done = subprocess.run(
        [sys.executable, "-c", patched, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {"--output=json", "--lines=7"} <= set(done.stdout.splitlines()), json.dumps(done.stdout)
