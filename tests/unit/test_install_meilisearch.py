"""The search server's installer and unit, as far as a machine without the server can tell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
INSTALLER = REPOSITORY / "scripts" / "install-meilisearch"
UNIT = REPOSITORY / "systemd" / "meilisearch.service"


def installer(*options: str) -> tuple[int, str]:
    done = told_by(str(INSTALLER), "--python", sys.executable, *options)
    assert done.stdout == ""
    return done.returncode, done.stderr


def told_by(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_dry_run_tells_every_step_and_takes_none() -> None:
    program = Path("/usr/local/bin/meilisearch")
    before = program.exists()
    status, told = installer("--dry-run", "--arch", "aarch64")
    assert status == 0, told
    steps = re.findall("^would (download|run|write): (.*)$", told, re.MULTILINE)
    assert steps[0][0] == "download"
    assert "meilisearch-linux-aarch64" in steps[0][1]
    assert "c156cbf7914c7af737422bcb60196366e9f9680a7ebd19ea5fd78fdaf7ac1256" in steps[0][1]
    written = [what.partition(" (mode ")[::2] for how, what in steps if how == "write"]
    assert ("/etc/meilisearch/master.toml", "600)") in written
    assert ("/etc/systemd/system/meilisearch.service", "644)") in written
    assert ("run", "systemctl enable --now meilisearch.service") in steps
    assert program.exists() == before


def test_a_file_of_another_checksum_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    file = tmp_path / "meilisearch"
    file.write_bytes(b"not what was released")
    status, told = installer("--dry-run", "--from", str(file), "--arch", "amd64")
    assert status == 1
    assert "expected sha256 cd8e446b" in told
    assert "nothing was installed" in told
    assert "would run" not in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--arch", "armv7l", "--dry-run"), 'stay with search.engine = "embedded"'),
        (("--python", "/bin/false", "--dry-run"), "expected a Python that has Lantern"),
        (("--python", "python3", "--dry-run"), "begins with /"),
        (("--fast",), "unknown option --fast"),
        (("--from",), "--from wants a value"),
        (("--from", "/nonexistent", "--dry-run"), "expected a file to read"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason(options: tuple[str, ...], said: str) -> None:
    status, told = installer(*options)
    assert status == 1
    assert said in told
    assert len(told.splitlines()) == 1


def test_each_group_of_restrictions_has_its_reason() -> None:
    service = UNIT.read_text().partition("[Service]")[2].partition("[Install]")[0]
    settings = re.compile(r"(?:^[A-Z]\w+=.*\n(?:^ .*\n)*)+", re.MULTILINE)
    for group in settings.finditer(service[service.index("# The show goes on") :]):
        before = service[service.index("# The show goes on") :][: group.start()]
        assert before.splitlines()[-1].startswith("#"), group[0]


def test_the_unit_listens_on_loopback_in_production_and_tells_nobody() -> None:
    unit = UNIT.read_text()
    for option in ("--env=production", "--http-addr=127.0.0.1:7700", "--no-analytics"):
        assert option in unit
    assert "MEILI_MASTER_KEY" not in unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt systemd")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "meilisearch.service"
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/meilisearch", "/bin/true"))
    checked = told_by("systemd-analyze", "verify", "--recursive-errors=no", str(unit))
    assert (checked.returncode, checked.stderr) == (0, "")
    secure = told_by(
        *("systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit))
    )
    assert secure.returncode == 0, secure.stdout[-500:]


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck: apt shellcheck")
def test_shellcheck_finds_nothing_wrong_with_the_installer() -> None:
    steps = REPOSITORY / "scripts" / "appliance" / "steps"
    checked = told_by("shellcheck", str(INSTALLER), str(steps))
    assert (checked.returncode, checked.stdout) == (0, "")
