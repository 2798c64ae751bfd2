"""The parts of setup and restore that decide: hosts' keys, the timer's files, the photo root."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lantern.backup import hosts, timer
from lantern.backup.archive import batches
from lantern.backup.bare import with_root
from lantern.backup.hosts import HostKey
from lantern.backup.location import Location
from lantern.backup.secrets import Secrets
from lantern.backup.setup import ALPHABET, make_key, new_passphrase
from lantern.config import Backup, parse
from lantern.errors import ConfigError

ONE = HostKey("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIHFmZ0YzRk1hRFhkWjBwSkNUc3h1WkFqZ0FQYlZ3")
OTHER = HostKey("ssh-rsa", "AAAAB3NzaC1yc2EAAAADAQABAAAAgQ")


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    found = Secrets(tmp_path / "backup")
    found.make_folders()
    return found


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="NOT TESTED: wants openssh-client")
def test_a_key_is_told_as_ssh_keygen_tells_it_and_its_lost_half_is_found_again(
    secrets: Secrets,
) -> None:
    assert make_key(secrets)
    public = secrets.public_key.read_text().split()
    told = subprocess.run(
        ["ssh-keygen", "-lf", secrets.public_key], capture_output=True, text=True, check=True
    )
    assert HostKey(*public[:2]).fingerprint == told.stdout.split()[1]
    secrets.public_key.unlink()
    assert not make_key(secrets), "there was one"
    assert secrets.public_key.read_text().split()[:2] == public[:2]


def test_a_host_is_known_by_the_last_key_that_was_accepted_and_others_stay(
    secrets: Secrets,
) -> None:
    nas, far = Location.of("ssh://nas/a"), Location.of("ssh://me@nas:2222/a")
    assert hosts.known(secrets, nas) == []
    hosts.remember(secrets, nas, ONE)
    hosts.remember(secrets, far, ONE)
    hosts.remember(secrets, nas, OTHER)
    assert hosts.known(secrets, nas) == [OTHER]
    assert hosts.known(secrets, far) == [ONE]


def test_the_timer_goes_by_the_schedule_and_the_unit_writes_to_folders_of_this_machine() -> None:
    backup = Backup(repositories=("ssh://nas/a", "/disk/100% photos"), schedule="Mon *-*-* 05:00")
    schedule, folders = timer.drop_ins(backup).values()
    assert schedule.endswith("[Timer]\nOnCalendar=\nOnCalendar=Mon *-*-* 05:00\n")
    assert folders.endswith('[Service]\nReadWritePaths="-/disk/100%% photos"\n')
    assert len(timer.drop_ins(Backup(repositories=("ssh://nas/a",)))) == 1


def test_a_passphrase_can_be_written_on_paper_and_is_another_each_time() -> None:
    made = {new_passphrase() for _ in range(50)}
    assert len(made) == 50
    assert {len(one.split("-")) for one in made} == {8}
    assert set("".join(made)) <= set(ALPHABET) | {"-"}


def test_photos_may_go_elsewhere_and_all_else_stays_as_it_was_written() -> None:
    text = '# mine\n[photos]\nroot = "/srv/photos"  # the disk\nsettle_s = 3.0\n'
    changed = with_root(text, '/media/"new"')
    assert changed == text.replace('"/srv/photos"', '"/media/\\"new\\""')
    assert parse(changed).photos.root == '/media/"new"'
    with pytest.raises(ConfigError, match="without --photos"):
        with_root("photos = { root = '/srv/photos' }", "/media")


def test_files_are_taken_out_in_parts_of_so_many_and_so_many_bytes() -> None:
    files = [(b"a", 5), (b"b", 5), (b"c", 1), (b"huge", 100), (b"d", 1)]
    assert batches(files, 2, 10) == [[b"a", b"b"], [b"c"], [b"huge"], [b"d"]]
    assert batches([], 2, 10) == []
