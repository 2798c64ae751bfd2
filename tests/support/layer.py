"""What lies over the Debian of a guest: Lantern, as scripts/install puts it on a machine.

The units, rules and the like are those that scripts/install has on the machine, by its own list;
the program itself is this checkout, which the guest reads.
"""

from __future__ import annotations

import pwd
import shutil
import subprocess
from pathlib import Path

from support import guest
from support.guest import PARTS, REPOSITORY

UNITS = (
    "lantern.target",
    "lantern.service",
    "lantern-screen.service",
    "lantern-web.service",
    "guest-agent.service",
)
IDLE = (
    "ssh.service",
    "avahi-daemon.service",
    "avahi-daemon.socket",
    "systemd-binfmt.service",
    "proc-sys-fs-binfmt_misc.automount",
    "systemd-logind.service",
    "systemd-random-seed.service",
    "systemd-sysusers.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
)
"""What a guest does not need, and would take its time."""

ACCOUNTS = ("passwd", "group", "shadow", "gshadow")

_FILES = f"""set -eu
repository={REPOSITORY} house=/opt/lantern dry=yes volatile_journal= ssh_keys_only=
for part in steps release activation; do . "$repository/scripts/appliance/$part"; done
files_of none
"""

_COMMAND = """#!/bin/sh
export PYTHONPATH=/opt/lantern/daemon:/opt/lantern/packages:/rig PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 -m lantern "$@"
"""

_AGENT = """[Unit]
DefaultDependencies=no
[Service]
ExecStart=/usr/local/sbin/guest-agent
[Install]
WantedBy=sysinit.target
"""

_DISKS = """/dev/ubda /data ext4 noatime 0 1
/data/state /var/lib/lantern none bind 0 0
/data/photos /srv/photos none bind 0 0
"""

_PI = """Hardware : BCM2835
Revision : c03115
Model : Raspberry Pi 4 Model B Rev 1.5
"""
"""By which gpiozero knows what its lines are called."""

_ON_A_PI = """[Service]
BindReadOnlyPaths=/etc/cpuinfo:/proc/cpuinfo
"""


def lay(layer: Path, root: Path, config: str) -> None:
    """Make `layer`, to lie over the Debian in `root`, with Lantern's configuration."""
    _install_files(layer)
    _make_users(layer, root)
    for path, text in {
        "etc/lantern/lantern.toml": config,
        "etc/systemd/system/guest-agent.service": _AGENT,
        "etc/systemd/system/lantern.service.d/pi.conf": _ON_A_PI,
        "etc/machine-id": f"{'5' * 32}\n",
        "etc/hostname": "guest\n",
        "etc/fstab": _DISKS,
        "etc/cpuinfo": _PI,
        "usr/local/bin/lantern": _COMMAND,
        guest.ALONE.lstrip("/"): (PARTS / "agent").read_text(),
    }.items():
        write(layer / path, text)
    for program in ("usr/local/bin/lantern", guest.ALONE.lstrip("/")):
        (layer / program).chmod(0o755)
    for folder in ("rig", "data", "srv/photos", "var/lib/lantern", "opt/lantern/daemon"):
        (layer / folder).mkdir(parents=True)
    (layer / "opt/lantern/packages").mkdir()
    for word, units in {"enable": UNITS, "mask": IDLE}.items():
        subprocess.run(["systemctl", f"--root={layer}", "--quiet", word, *units], check=True)


def make_disk(path: Path, layer: Path, megabytes: int) -> None:
    """Make a disk with ext4 on it, for the state and the photos, as their user finds them.

    What lies in the folders `state` and `photos` of `content_of(path)` already comes with them.
    """
    user = _lantern_of(layer)
    content = content_of(path)
    for name, mode in {"state": 0o750, "photos": 0o2775}.items():
        (content / name).mkdir(parents=True, exist_ok=True)
        owner = f"{user.pw_uid}:{user.pw_gid}"
        subprocess.run(["chown", "--recursive", owner, content / name], check=True)
        (content / name).chmod(mode)
    with path.open("wb") as image:
        image.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-d", content, path], check=True)


def content_of(disk: Path) -> Path:
    """Return the folder that holds what lies on `disk` when it is new."""
    return disk.with_suffix(".content")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _install_files(layer: Path) -> None:
    told = subprocess.run(["bash", "-c", _FILES], check=True, capture_output=True, text=True)
    for mode, source, place in map(str.split, told.stdout.splitlines()):
        target = layer / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(int(mode, 8))


def _make_users(layer: Path, root: Path) -> None:
    for name in ACCOUNTS:
        shutil.copy2(root / "etc" / name, layer / "etc" / name)
    rules = layer / "etc/sysusers.d/lantern.conf"
    subprocess.run(["systemd-sysusers", f"--root={layer}", rules], check=True, capture_output=True)


def _lantern_of(layer: Path) -> pwd.struct_passwd:
    lines = (layer / "etc/passwd").read_text().splitlines()
    (found,) = (line.split(":") for line in lines if line.startswith("lantern:"))
    name, password, uid, gid, gecos, home, shell = found
    return pwd.struct_passwd((name, password, int(uid), int(gid), gecos, home, shell))
