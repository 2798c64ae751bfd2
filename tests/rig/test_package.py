"""Install the Debian package where Lantern never was, and remove it by what dpkg offers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from support.machine import Machine

pytestmark = pytest.mark.timeout(900)  # the machine may have to be made first


@pytest.fixture(scope="module")
def package(rig: Path, clone: Path) -> str:
    """Build the package from the clone, and return where the machine finds it."""
    built = clone.parent
    subprocess.run([clone / "scripts" / "build-deb", "--wheels", rig / "wheels", built], check=True)
    (deb,) = built.glob("lantern_*.deb")
    return f"/clones/{deb.name}"


def test_the_package_installs_answers_and_leaves_nothing_when_it_is_purged(
    package: str, machine: Machine
) -> None:
    told = machine.told(f"dpkg --install {package}", timeout_s=300)
    assert "its page is http://" in told
    machine.told("curl -fs http://127.0.0.1:8080/health")
    assert machine.told("lantern version")
    ready = "lantern logs | grep 'worker ready.*confined=True'"
    machine.told(f'timeout 60 sh -c "until {ready}; do sleep 1; done"')
    carried, installed = (
        json.loads(machine.told(f"cat {share}/lantern/bom.cdx.json"))
        for share in ("/usr/share", "/opt/lantern/current/share")
    )
    assert carried == installed, "what was built is what pip says that it installed"
    assert {"starlette", "pyvips-binary"} < {part["name"] for part in carried["components"]}
    machine.told("dpkg --remove lantern")
    assert machine.run("command -v lantern").returncode != 0
    assert machine.told("ls /var/lib/lantern/catalog.sqlite3")
    machine.told("dpkg --purge lantern")
    assert machine.run("getent passwd lantern lantern-web").stdout == ""
    left = machine.run("ls -d /opt/lantern /etc/lantern /var/lib/lantern /usr/share/lantern").stdout
    assert [line for line in left.splitlines() if "cannot access" not in line] == []
    assert machine.told("ls -d /srv/photos")
