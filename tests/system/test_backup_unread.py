"""What whoever holds the repository learns of what is in it: that something is."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.far_side import NEEDS_BORG, FarSide
from support.vault import PASSPHRASE, Vault

pytestmark = NEEDS_BORG

NAME = "summer-in-the-harbour"
CONTENT = (
    b"what is to be seen in a photo, which a compressor leaves as it is: \x9d\x03\xfe\x71\xa8" * 3
)


@pytest.fixture
def vault(tmp_path: Path):
    far = FarSide(tmp_path / "far")
    far.allow_borg("photos")
    with far.running():
        vault = Vault(tmp_path / "home", far, "photos")
        vault.make(far.url())
        vault.put(f"{NAME}/{NAME}.jpg", CONTENT)
        yield vault


def test_the_far_side_reads_no_photo_no_name_and_no_passphrase(vault: Vault) -> None:
    done = vault.run("backup", "now")
    assert done.returncode == 0, done.stderr
    assert any(NAME in path for path in vault.archived(vault.far.url())), "it is in the archive"
    held = b"".join(
        path.read_bytes() for path in vault.far.repositories.rglob("*") if path.is_file()
    )
    assert len(held) > len(CONTENT)
    for secret in (CONTENT[:16], NAME.encode(), PASSPHRASE.encode()):
        assert secret not in held
