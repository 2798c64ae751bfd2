"""The installer, as far as can be told without installing: tests/rig has the rest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = REPOSITORY / "scripts"
UNITS = ("lantern", "lantern-web", "lantern-screen")
TOUCHED = ("/opt/lantern", "/etc/lantern", "/etc/systemd/system/lantern.service", "/srv/photos")


def told_by(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def installer(*options: str) -> tuple[int, str]:
    done = told_by(str(SCRIPTS / "install"), *options)
    return done.returncode, done.stdout + done.stderr


def steps(told: str) -> list[tuple[str, str]]:
    return re.findall("^would (run|write): (.*)$", told, re.MULTILINE)


def test_a_dry_run_tells_every_step_and_takes_none() -> None:
    before = [Path(path).exists() for path in TOUCHED]
    status, told = installer("--dry-run", "--photos", "/srv/other photos", "--maintainer", "keeper")
    assert status == 0, told
    taken = steps(told)
    release = re.search(r"/opt/lantern/releases/(\S+)", told)
    assert release
    for unit in (REPOSITORY / "systemd").glob("lantern*.service"):
        assert ("write", f"/etc/systemd/system/{unit.name} (mode 644)") in taken
    for step in (
        ("write", "/etc/lantern/lantern.toml (mode 644)"),
        ("run", "install -d -m 2775 -o lantern -g lantern /srv/other photos"),
        ("run", "usermod --append --groups lantern,lantern-data,systemd-journal keeper"),
        ("run", f"ln -sfn releases/{release[1]} /opt/lantern/current.new"),
        ("run", "systemctl enable --quiet lantern-screen.service"),
        ("run", "systemctl enable --quiet lantern-backup.timer"),
        ("run", "systemctl start lantern-backup.timer"),
        ("run", "systemctl start lantern-notice.path"),
        ("run", "ln -s /opt/lantern/current/bin/borgmatic /usr/local/bin/borgmatic"),
    ):
        assert step in taken, told
    assert taken[-1] == ("run", "systemctl start --no-block lantern.target")
    assert [Path(path).exists() for path in TOUCHED] == before


def test_a_machine_without_a_screen_gets_no_player() -> None:
    _, told = installer("--dry-run", "--no-screen")
    assert ("run", "systemctl enable --quiet lantern-web.service") in steps(told)
    assert "enable --quiet lantern-screen.service" not in told
    assert " mpv" not in told


@pytest.mark.parametrize(("version", "grows"), [("252.39", False), ("254", True), ("257.9", True)])
def test_the_growing_pause_before_a_restart_is_for_a_systemd_that_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, grows: bool
) -> None:
    program = tmp_path / "systemctl"
    major = version.partition(".")[0]
    program.write_text(f"#!/bin/sh\necho 'systemd {major} ({version}-1)\n+PAM +AUDIT'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    written = {what for how, what in steps(installer("--dry-run")[1]) if how == "write"}
    drop_ins = {f"/etc/systemd/system/{unit}.service.d/restart.conf (mode 644)" for unit in UNITS}
    assert drop_ins & written == (drop_ins if grows else set())


def test_the_same_sources_make_the_same_release() -> None:
    names = {re.findall(r"releases/(\S+)", installer("--dry-run")[1])[0] for _ in range(2)}
    assert len(names) == 1
    assert re.fullmatch(r"\d+\.\d+\.\d+-[0-9a-f]{8}", names.pop())


def test_removing_is_told_and_photos_are_not_in_it() -> None:
    status, told = installer("--dry-run", "--uninstall", "--purge")
    assert status == 0, told
    assert ("run", "rm -rf /var/lib/lantern /etc/lantern") in steps(told)
    assert ("run", "rm -rf /var/lib/lantern-backup /run/lantern-backup") in steps(told)
    assert "/srv" not in told
    _, told = installer("--dry-run", "--uninstall")
    assert steps(told)
    assert not any("/var/lib/lantern" in step or "userdel" in step for _, step in steps(told))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fast",), "unknown option --fast"),
        (("--photos",), "--photos wants a value"),
        (("--photos", "pictures"), "begins with /"),
        (("--wheels", "/nonexistent"), "expected a folder"),
        (("--purge",), "--purge belongs to --uninstall"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason(options: tuple[str, ...], said: str) -> None:
    status, told = installer("--dry-run", *options)
    assert status == 1
    assert said in told
    assert len(told.splitlines()) == 1


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck: apt shellcheck")
def test_shellcheck_finds_nothing_wrong_with_the_installer() -> None:
    parts = [part for part in (SCRIPTS / "appliance").iterdir() if not part.suffix]
    scripts = [SCRIPTS / name for name in ("install", "rig", "build-deb")] + sorted(parts)
    scripts.append(REPOSITORY / "systemd" / "update-motd.d" / "60-lantern")
    checked = told_by("shellcheck", *map(str, scripts))
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("lantern sho", {"show"}),
        ("lantern show pl", {"play"}),
        ("lantern --config /etc/lantern/lantern.toml captions ex", {"export"}),
        ("lantern captions export --corr", {"--corrections"}),
        ("lantern stats --by w", {"week"}),
        ("lantern backup re", {"report", "restore"}),
        ("lantern backup report --l", {"--last"}),
        ("lantern run search", set()),
    ],
)
def test_bash_completes_commands_parts_and_options(
    line: str, offered: set[str], completion: Path
) -> None:
    asked = (
        f"source {completion}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
        '_lantern; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = told_by("bash", "-c", asked)
    assert done.stderr == ""
    assert set(done.stdout.split()) == offered


@pytest.fixture(scope="module")
def completion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = told_by(sys.executable, str(SCRIPTS / "appliance" / "completion.py"))
    assert made.returncode == 0, made.stderr
    file = tmp_path_factory.mktemp("completion") / "lantern"
    file.write_text(made.stdout)
    return file
