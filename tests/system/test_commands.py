"""The commands as a person at a terminal meets them, over a collection that was described."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

import photos

COMMAND = [sys.executable, "-m", "lantern"]

OF_THE_MACHINE = ("clock", "heat", "power", "memory", "disk space", "file systems", "inotify")
"""What the doctor says of whatever machine the tests run on."""


def lantern(*words, **options):
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        check=False,
        capture_output=True,
        text=True,
        timeout=90,
        **options,
    )


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """Give the configuration of a described collection whose daemon has ended."""
    folder = tmp_path_factory.mktemp("collection")
    root = folder / "summer 2019"
    root.mkdir()
    for name, width in (("beach.jpg", 400), ("dune.jpg", 500)):
        (root / name).write_bytes(photos.jpeg(width=width))
    assert lantern("demo", "--once", "--state", folder / "state", root).returncode == 0
    (config,) = (folder / "state").glob("*/lantern.toml")
    return config


def test_a_folder_is_the_same_however_its_path_is_written(tmp_path):
    root = tmp_path / "photos"
    root.mkdir()
    (root / "a.jpg").write_bytes(photos.jpeg())
    (tmp_path / "link").symlink_to(root)
    for spelling in (root, "../photos", "./", tmp_path / "link"):
        words = ("demo", "--once", "--state", tmp_path / "state", spelling)
        assert lantern(*words, cwd=root).returncode == 0
    assert len(list((tmp_path / "state").iterdir())) == 1


def test_search_prints_paths_and_sentences_and_knows_folder_names(collection):
    plain = lantern("--config", collection, "search", "beach")
    assert plain.returncode == 0
    assert plain.stdout.startswith("beach.jpg: ")
    assert plain.stdout.endswith("1 photo\n")
    found = json.loads(lantern("--config", collection, "search", "--json", "dune").stdout)
    assert found["total"] == 1
    assert found["photos"][0]["paths"] == ["dune.jpg"]


def test_a_search_says_that_typos_were_forgiven(collection):
    typed = lantern("--config", collection, "search", "baech")
    assert typed.stdout.endswith("1 photo, by similar words\n")
    found = lantern("--config", collection, "search", "--json", "baech").stdout
    assert json.loads(found)["forgiving"] is True


def test_a_limit_that_finds_nothing_is_refused(collection):
    result = lantern("--config", collection, "search", "--limit", "0", "beach")
    assert result.returncode == 2
    assert "expected 1 to" in result.stderr


def test_status_without_a_daemon_tells_of_the_catalog_and_is_exit_code_4(collection):
    result = lantern("--config", collection, "status", "--json")
    assert result.returncode == 4
    status = json.loads(result.stdout)
    assert (status["running"], status["counts"]["captioned"]) == (False, 2)


def test_the_doctor_says_that_no_daemon_runs_and_that_all_else_is_good(collection):
    result = lantern("--config", collection, "doctor", "--json")
    assert result.returncode == 6
    findings = json.loads(result.stdout)["findings"]
    ours = [found for found in findings if found["subject"] not in OF_THE_MACHINE]
    assert [found["subject"] for found in ours if not found["good"]] == ["page", "daemon"]
    assert all(found["fix"] for found in findings if not found["good"])


def test_the_doctor_calls_a_locked_catalog_locked_not_damaged(collection):
    connection = sqlite3.connect(collection.parent / "catalog.sqlite3")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        result = lantern("--config", collection, "doctor")
    finally:
        connection.close()
    assert result.returncode == 6
    assert "locked" in result.stdout
    assert "made anew" not in result.stdout


def test_the_doctor_calls_a_damaged_catalog_damaged(tmp_path):
    (tmp_path / "catalog.sqlite3").write_bytes(b"no catalog" * 1000)
    config = tmp_path / "lantern.toml"
    config.write_text(f'[photos]\nroot = "{tmp_path}"\n[paths]\nstate = "{tmp_path}"\n')
    result = lantern("--config", config, "doctor")
    assert result.returncode == 6
    assert "made anew" in result.stdout


def test_caption_names_each_file_as_it_was_given(tmp_path):
    (tmp_path / "good.jpg").write_bytes(photos.jpeg())
    (tmp_path / "link.jpg").symlink_to("good.jpg")
    (tmp_path / "zero.jpg").touch()
    files = ("good.jpg", "link.jpg", "zero.jpg", "missing.jpg")
    result = lantern("caption", "--json", *files, cwd=tmp_path)
    assert result.returncode == 5
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["file"] for one in told] == list(files)
    assert told[0]["sentence"] == told[1]["sentence"]
    assert "empty file" in told[2]["error"]
    assert "no such file" in told[3]["error"]
    assert "missing.jpg: " in lantern("caption", "missing.jpg", cwd=tmp_path).stderr


def test_a_file_may_be_called_as_a_word_of_the_command(tmp_path):
    for name in ("set", "clear"):
        (tmp_path / name).write_bytes(photos.jpeg())
    told = lantern("caption", "./set", "clear", cwd=tmp_path).stdout
    assert [line.partition(": ")[0] for line in told.splitlines()] == ["./set", "clear"]


@pytest.mark.parametrize("word", ["set", "clear"])
def test_a_word_of_the_command_alone_is_a_usage_error_and_no_file(word):
    result = lantern("caption", word)
    assert result.returncode == 2
    assert f'"{word}" takes ' in result.stderr
    assert "caption [--json] set FILE SENTENCE" in result.stderr


def test_the_help_of_a_correction_tells_how_long_a_sentence_may_be_and_what_clear_does():
    told = lantern("caption", "set", "--help").stdout
    assert "1 to 2,000 characters, in quotes" in told
    assert "takes back what was said" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set",), 'lantern caption set FILE "A dog in the snow"'),
        (("set", "beach.jpg"), 'lantern caption set beach.jpg "A dog in the snow"'),
        (("set", "beach.jpg", "two", "words"), "in quotes"),
        (("set", "beach.jpg", "\x01"), "U+0001"),
        (("set", "beach.jpg", "x" * 2001), "longer than 2,000"),
        (("set", "beach.jpg", " "), "the sentence is empty"),
        (("set", "beach.jpg", "\u200b"), "the sentence is empty"),
        (("set", "beach.jpg", os.fsdecode(b"caf\xe9")), "is not valid UTF-8"),
        (("set", "beach.jpg", "DSC"), "expected a sentence"),
        (("clear", "a.jpg", "b.jpg"), "one file"),
    ],
)
def test_a_correction_that_is_none_is_a_usage_error_and_asks_no_daemon(collection, words, told):
    result = lantern("--config", collection, "caption", *words)
    assert result.returncode == 2
    assert told in result.stderr


def test_a_correction_without_a_daemon_is_unavailable_and_outside_the_folder_refused(collection):
    root = collection.parent.parent.parent / "summer 2019"
    words = ("--config", collection, "caption", "set")
    assert lantern(*words, root / "beach.jpg", "Ada").returncode == 4
    assert lantern(*words, "../x/beach.jpg", "Ada", cwd=root).returncode == 5
    assert "expected a photo below the photo folder" in lantern(*words, "/etc/passwd", "Ada").stderr


def test_a_correction_of_no_file_or_of_a_folder_says_so_and_where_it_looked(collection):
    root = collection.parent.parent.parent / "summer 2019"
    words = ("--config", collection, "caption", "set")
    missing = lantern(*words, "gull.jpg", "Ada", cwd=root)
    assert missing.returncode == 5
    assert f"gull.jpg: expected a photo, found no file at {root}/gull.jpg" in missing.stderr
    folder = lantern(*words, root, "Ada")
    assert folder.returncode == 5
    assert "got a folder" in folder.stderr


@pytest.mark.parametrize("words", [(), ("--dry-run",), ("?!",), ("--all", "dog")])
def test_recaption_begins_on_nothing_before_it_is_said_on_which_photos(collection, words):
    result = lantern("--config", collection, "recaption", *words)
    assert result.returncode == 2
    assert all(way in result.stderr for way in ("QUERY", "--model-older", "--all"))


def test_a_restore_out_of_no_repository_is_refused_before_the_passphrase_is_asked_for():
    for address in ("ssh://", "photos"):
        result = lantern("restore", address)
        assert result.returncode == 3
        assert "REPOSITORY: expected" in result.stderr
        assert f"got '{address}'" in result.stderr


def test_sentences_are_exported_without_a_daemon(collection, tmp_path):
    words = ("--config", collection, "captions", "export")
    told = [json.loads(line) for line in lantern(*words).stdout.splitlines()]
    assert {one["file"] for one in told} == {"beach.jpg", "dune.jpg"}
    assert {one["by"] for one in told} == {"model"}
    assert all(one["sentence"] == one["machine"] and 0 < one["score"] <= 1 for one in told)
    assert lantern(*words, "--output", tmp_path / "out").stdout == ""
    assert [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()] == told
    assert lantern(*words, "--corrections").stdout == ""
    assert lantern(*words, "--output", tmp_path / "no" / "out").returncode == 4


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    root = tmp_path / "photos"
    root.mkdir()
    (root / "a.jpg").write_bytes(photos.jpeg())
    demo = subprocess.Popen(
        [*COMMAND, "demo", "--once", "--state", tmp_path / "state", root],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    demo.stdout.close()
    assert demo.wait(90) == 0
    assert "Traceback" not in demo.stderr.read()


def test_a_state_that_cannot_be_written_is_exit_code_4_and_named(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "state").write_text("a file where a folder is wanted")
    result = lantern("demo", "--once", "--state", tmp_path / "state", tmp_path / "photos")
    assert result.returncode == 4
    assert "--state" in result.stderr


def test_a_terminal_that_lacks_the_characters_gets_them_escaped(tmp_path):
    name = "héron.jpg"
    (tmp_path / name).write_bytes(photos.jpeg())
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = lantern("caption", name, cwd=tmp_path, env=environment)
    assert result.returncode == 0
    assert result.stdout.startswith("h\\xe9ron.jpg: ")
