"""A machine for a module of tests: installing on it takes longer than most of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.machine import Machine, booted, missing

REPOSITORY = Path(__file__).parents[2]
RIG = REPOSITORY / ".cache" / "rig"
SOURCES = (
    "daemon",
    "systemd",
    "scripts",
    "*.toml",
    "requirements.lock",
    "requirements-build.lock",
    "*.md",
    "LICENSE",
    "NOTICE",
)


@pytest.fixture(scope="session")
def rig() -> Path:
    """Return the folder of the root and the wheels, made where they are not there yet."""
    if reason := missing():
        pytest.skip(f"NO MACHINE WAS BOOTED, installing is not tested: {reason}")
    subprocess.run([REPOSITORY / "scripts" / "rig"], check=True)
    return RIG


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what a clone of the repository holds, to be installed or spoiled."""
    folder = tmp_path_factory.mktemp("clones") / "lantern"
    folder.mkdir()
    for pattern in SOURCES:
        for source in REPOSITORY.glob(pattern):
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            copy(source, folder / source.name)
    stay_less_long(folder / "scripts" / "appliance" / "trial")
    return folder


def stay_less_long(trial: Path) -> None:
    """Have a release be taken for one that stays up after fewer seconds, of which each install here
    would wait that many."""
    told = trial.read_text()
    assert "\nsteady_s=10\n" in told
    trial.write_text(told.replace("\nsteady_s=10\n", "\nsteady_s=3\n"))


@pytest.fixture(scope="module")
def machine(rig: Path, clone: Path) -> Iterator[Machine]:
    """Return a machine that runs, with the clone's folder and the wheels, and nothing installed."""
    shown = {clone.parent: "/clones", rig / "wheels": "/wheels"}
    with booted(rig / "root", f"lantern-rig-{os.getpid()}", shown) as it:
        yield it
