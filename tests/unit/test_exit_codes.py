"""Which error leads to which exit status, through the real command line."""

import inspect
import os

import pytest

from lantern import errors
from lantern.__main__ import COMMANDS, main
from lantern.cli.exit_codes import ExitCode, exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), 3),
        (errors.Unavailable("x"), 4),
        (errors.WorkerLost("x"), 4),
        (errors.ProtocolError("x"), 4),
        (errors.PhotoError("x"), 5),
        (errors.DeviceFault("x"), 4),
        (errors.LanternError("x"), 1),
    ],
)
def test_each_family_has_its_code(error, code):
    assert exit_code(error) == code


def test_no_error_of_ours_ends_as_success():
    families = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.LanternError)
    ]
    assert len(families) >= 6
    assert all(exit_code(kind("x")) is not ExitCode.OK for kind in families)


@pytest.fixture
def settings(tmp_path):
    """A configuration of which nothing exists yet."""
    file = tmp_path / "lantern.toml"
    home = tmp_path / "home"
    file.write_text(
        f'[photos]\nroot = "{tmp_path}/photos"\n[paths]\nstate = "{home}"\nruntime = "{home}"\n'
    )
    return file


def outcome(capsys, *words):
    status = main([str(word) for word in words])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_the_version_is_told(capsys):
    status, out, _ = outcome(capsys, "version")
    assert status == ExitCode.OK
    assert out.strip()


def test_a_good_configuration_is_called_good(capsys, settings):
    assert outcome(capsys, "config", "check", settings)[:2] == (ExitCode.OK, f"{settings}: good\n")


def test_a_bad_configuration_ends_with_its_code_and_one_sentence(capsys, settings):
    settings.write_text("[photos]\nrot = 1\n")
    for words in (["config", "check", settings], ["--config", settings, "status"]):
        status, out, err = outcome(capsys, *words)
        assert (status, out) == (ExitCode.CONFIG, "")
        assert err.startswith("lantern: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["status", "rescan"])
def test_without_daemon_and_catalog_the_command_says_so(capsys, settings, command):
    status, out, err = outcome(capsys, "--config", settings, command)
    assert (status, out) == (ExitCode.UNAVAILABLE, "")
    assert "lantern" in err


def test_searching_before_there_is_an_index_is_unavailable(capsys, settings):
    assert outcome(capsys, "--config", settings, "search", "dog")[0] == ExitCode.UNAVAILABLE


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["config"], ["search"], ["caption"]])
def test_a_command_line_that_is_not_understood_is_usage(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == ExitCode.USAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == ExitCode.OK
    assert COMMANDS[command].split()[0] in capsys.readouterr().out.lower()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_configuration_that_may_not_be_read_is_a_configuration_error(capsys, settings):
    settings.chmod(0)
    assert outcome(capsys, "--config", settings, "status")[0] == ExitCode.CONFIG
