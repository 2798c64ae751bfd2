"""The backup's folder: what may be read by whom, and where the passphrase comes from."""

from __future__ import annotations

import shlex
import stat
from pathlib import Path

import pytest

from lantern.backup.secrets import CREDENTIAL, Secrets
from lantern.backup.setup import make_passphrase
from lantern.errors import ConfigError


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return Secrets(tmp_path / "backup")


def test_only_the_reports_are_open_to_the_group(secrets: Secrets) -> None:
    secrets.make_folders()
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (secrets.folder, secrets.secret, secrets.base, secrets.staged, secrets.reports)
    }
    assert modes == {
        "backup": 0o750,
        "secret": 0o700,
        "borg": 0o700,
        "staged": 0o750,
        "reports": 0o750,
    }
    assert secrets.flaws() == []


def test_what_is_too_open_is_named_and_put_right(secrets: Secrets) -> None:
    secrets.make_folders()
    secrets.kept_passphrase.write_text("hush")
    secrets.kept_passphrase.chmod(0o644)
    secrets.secret.chmod(0o755)
    found = secrets.flaws()
    assert len(found) == 2
    assert "expected mode 0700 at most, found 0755" in found[0]
    assert "found 0644" in found[1]
    secrets.make_folders()
    assert len(secrets.flaws()) == 1


def test_a_credential_goes_before_the_kept_passphrase(
    secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="lantern backup setup"):
        secrets.passphrase_file()
    secrets.make_folders()
    secrets.kept_passphrase.write_text("kept\n")
    assert secrets.passphrase_file() == secrets.kept_passphrase
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / CREDENTIAL).write_text("")
    assert secrets.passphrase_file() == secrets.kept_passphrase, "an empty credential is none"
    (tmp_path / CREDENTIAL).write_text("given\n")
    assert secrets.passphrase_file() == tmp_path / CREDENTIAL


def test_by_hand_the_passphrase_that_systemd_would_hand_over_is_found_and_no_other_is_made(
    secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lantern.backup.secrets.CREDSTORE", tmp_path / "plain")
    monkeypatch.setattr("lantern.backup.secrets.SEALED", tmp_path / "sealed")
    secrets.make_folders()
    for store in ("sealed", "plain"):
        (tmp_path / store).mkdir()
    (tmp_path / "sealed" / CREDENTIAL).write_text("nobody reads this")
    with pytest.raises(ConfigError, match="LoadCredentialEncrypted"):
        make_passphrase(secrets)
    (tmp_path / "plain" / CREDENTIAL).write_text("given\n")
    assert not make_passphrase(secrets)
    assert secrets.passphrase_file() == tmp_path / "plain" / CREDENTIAL
    assert not secrets.kept_passphrase.exists()


def test_ssh_never_asks_and_knows_the_hosts_of_the_backup_alone(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "a folder")
    words = shlex.split(secrets.ssh_command())
    assert "BatchMode=yes" in words
    assert "StrictHostKeyChecking=yes" in words
    assert f'UserKnownHostsFile="{secrets.known_hosts}"' in words
    assert str(secrets.key) in words
