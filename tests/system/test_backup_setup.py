"""Setting up the backup as its owner does: the command, the line it prints, the command again."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.backup.hosts import HostKey
from lantern.backup.secrets import Secrets
from lantern.cli.exit_codes import ExitCode
from support.far_side import NEEDS_BORG, FarSide
from support.house import House

pytestmark = [NEEDS_BORG, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    with FarSide(tmp_path_factory.mktemp("far")).running() as far:
        yield far


def fingerprint(far: FarSide) -> str:
    return HostKey(*far.host_key.split()).fingerprint


def house_for(home: Path, *repositories: str, further: str = "") -> House:
    section = f"[backup]\nrepositories = {list(repositories)!r}\n{further}".replace("'", '"')
    return House(home, further=section)


def invitation(told: str) -> str:
    """Return the line for authorized_keys that `told` holds."""
    (line,) = re.findall(r"^restrict,.*$", told, re.MULTILINE)
    return str(line)


def ssh(secrets: Secrets, far: FarSide, *words: str) -> subprocess.CompletedProcess[str]:
    """Call the far side with the backup's key, as a thief could."""
    who = far.url().removeprefix("ssh://").partition(":")[0]
    command = [*shlex.split(secrets.ssh_command()), "-p", str(far.line.port), who]
    return subprocess.run(
        [*command, *words], capture_output=True, text=True, check=False, timeout=60
    )


def test_setup_ends_with_a_repository_by_the_line_that_it_prints(
    tmp_path: Path, far: FarSide
) -> None:
    house = house_for(tmp_path, far.url())
    secrets = Secrets.of(house.config.paths)

    stranger = house.run("backup", "setup")
    assert stranger.returncode == ExitCode.UNAVAILABLE, stranger.stderr
    assert f"--accept-host-key {fingerprint(far)}" in stranger.stdout
    assert not secrets.known_hosts.exists()

    refused = house.run("backup", "setup", "--accept-host-key", fingerprint(far))
    assert refused.returncode == ExitCode.UNAVAILABLE, refused.stderr
    assert "lets nobody in by our key yet" in refused.stdout, refused.stdout

    line = invitation(refused.stdout)
    far.allow(line)
    keep = tmp_path / "keep"
    done = house.run("backup", "setup", "--keep", str(keep))
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    assert f"{far.url()}: made, repokey" in done.stdout

    passphrase = secrets.kept_passphrase.read_text().strip()
    assert passphrase not in done.stdout + done.stderr + refused.stdout
    assert passphrase in keep.read_text()
    assert keep.read_text().count("BORG_KEY") == 1
    assert stat.S_IMODE(keep.stat().st_mode) == 0o400
    assert stat.S_IMODE(secrets.kept_passphrase.stat().st_mode) == 0o400
    assert secrets.flaws() == []

    kept = {file: file.read_bytes() for file in secrets.secret.iterdir()}
    again = house.run("backup", "setup")
    assert again.returncode == ExitCode.OK, again.stdout + again.stderr
    assert f"{far.url()}: there, repokey" in again.stdout
    assert invitation(again.stdout) == line
    assert kept == {file: file.read_bytes() for file in secrets.secret.iterdir()}

    free = ssh(secrets, far, "free")
    assert len(free.stdout.splitlines()) == 2, "a head, and a line a repository; " + free.stderr
    shell = ssh(secrets, far, "touch", str(tmp_path / "broken-into"))
    assert shell.returncode != 0
    assert not (tmp_path / "broken-into").exists()


def test_a_host_with_another_key_is_not_met_again_unless_a_person_names_the_key(
    tmp_path: Path, far: FarSide
) -> None:
    house = house_for(tmp_path, far.url("met"))
    secrets = Secrets.of(house.config.paths)
    secrets.make_folders()
    posing = f"[127.0.0.1]:{far.line.port} ssh-ed25519 {'A' * 68}\n"
    secrets.known_hosts.write_text(posing)
    told = house.run("backup", "setup", "--accept-host-key")
    assert told.returncode == ExitCode.UNAVAILABLE
    assert "was known by another key" in told.stdout
    assert secrets.known_hosts.read_text() == posing
    house.run("backup", "setup", "--accept-host-key", fingerprint(far))
    assert secrets.known_hosts.read_text() == far.known_hosts


def test_a_folder_of_another_disk_needs_no_other_machine(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    house = house_for(
        tmp_path / "home", str(disk / "photos"), further='encryption = "authenticated"'
    )
    absent = house.run("backup", "setup")
    assert absent.returncode == ExitCode.UNAVAILABLE
    assert "connect the disk" in absent.stdout
    disk.mkdir()
    made = house.run("backup", "setup")
    assert made.returncode == ExitCode.OK, made.stdout + made.stderr
    assert "made, authenticated" in made.stdout
    assert (disk / "photos" / "config").exists()
    assert "there, authenticated" in house.run("backup", "setup").stdout


def test_a_schedule_that_systemd_does_not_understand_is_told(tmp_path: Path) -> None:
    house = house_for(tmp_path, str(tmp_path / "disk"), further='schedule = "at tea time"')
    told = house.run("backup", "setup")
    assert told.returncode == ExitCode.CONFIG
    assert "backup.schedule: expected a calendar event" in told.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: wants root, to give folders away")
def test_root_gives_the_folder_to_the_backups_user_and_has_it_do_the_rest(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    house = house_for(tmp_path / "home", str(tmp_path / "disk" / "photos"))
    (tmp_path / "disk").mkdir()
    secrets = Secrets.of(house.config.paths)
    secrets.make_folders((65534, 65534))  # nobody, as lantern-backup on an appliance
    done = house.run("backup", "setup")
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    owners = {file.stat().st_uid for file in (secrets.folder, *secrets.folder.rglob("*"))}
    assert owners == {65534}
    assert (tmp_path / "disk" / "photos" / "config").stat().st_uid == 65534
