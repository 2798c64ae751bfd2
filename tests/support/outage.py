"""A house whose power is cut while photos arrive, and what is on its disk afterwards.

Each life of it is a guest with nothing but the daemon, and a copier that puts one photo after the
other on the disk, waits until the disk has it, and tells. After the cut the disk is that of a drive
whose cache was lost (`support.drive`), and it is looked at from here.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lantern.control.protocol import GetStatus
from support import guest, layer
from support.asking import says
from support.drive import Drive
from support.guest import Guest
from support.shell import eventually

MEMORY = "768M"
DISK_MB = 1024
PHOTOS_A_LIFE = 4
MOST_WRITES = 800
"""What it takes to mount the disk, start, and take in, describe and inscribe so many photos."""

LONGEST_S = 120.0
"""A life with fewer writes is cut when nothing is left to do, or after so long."""

PATIENCE_S = 600.0

CONFIG = """
[photos]
root = "{photos}"
settle_s = 0.3
[captions]
write = "embed"
[paths]
state = "{state}"
runtime = "/run/lantern"
"""

_BEGIN = """
mount -a && install -d -o lantern -g lantern -m 2750 /run/lantern || exit
for part in copier daemon; do sh /rig/$part $most >/dev/null 2>&1 </dev/null & done
"""

_COPIER = """
most=$1
for photo in /rig/photos/*; do
    name=${photo##*/}
    ! grep -qsx "$name" /rig/arrived || continue
    install -o lantern -g lantern -m 644 "$photo" "/srv/photos/$name"
    sync "/srv/photos/$name" /srv/photos && echo "$name" >>/rig/arrived
    most=$((most - 1))
    [ $most -gt 0 ] || break
    sleep 0.3
done
"""

_DAEMON = """
setpriv --reuid lantern --regid lantern-data --init-groups lantern run --verbose 2>&1 |
while IFS= read -r line; do echo "$line" >>/rig/journal; done
"""
"""A line at a time: what a guest has not written into the folder of both is lost with it."""


class Found(NamedTuple):
    """What is on the disk, taken off it: folders as the guest had them."""

    photos: Path
    state: Path


class Outage:
    """A house in `folder` into which `photos` arrive, by name."""

    def __init__(self, folder: Path, root: Path, photos: Mapping[str, bytes]) -> None:
        self.photos = photos
        self._root, self._shared = root, folder / "shared"
        laid = self._shared / "layer"
        layer.lay(laid, root, CONFIG.format(photos="/srv/photos", state="/var/lib/lantern"))
        (self._shared / "photos").mkdir()
        for name, data in photos.items():
            (self._shared / "photos" / name).write_bytes(data)
        for name, script in {"copier": _COPIER, "daemon": _DAEMON}.items():
            (self._shared / name).write_text(script)
        image = folder / "disk"
        layer.make_disk(image, laid, DISK_MB)
        self._drive = Drive(image)

    @contextlib.contextmanager
    def life(self, photos: int, writes: int = 0) -> Iterator[Guest]:
        """Boot, have the daemon run and so many `photos` arrive; cut the power in the end."""
        with guest.booted(
            self._root,
            self._shared,
            guest.ALONE,
            disk=self._drive.image,
            memory=MEMORY,
            drive=self._drive.environment(writes),
        ) as it:
            it.ask(f"most={photos}\n{_BEGIN}")
            yield it

    def outage(self, draw: random.Random) -> str:
        """Live until some write to the disk, lose what the drive had not written; tell of it."""
        writes, before = draw.randint(1, MOST_WRITES), self.journal.count("\n")
        deadline = time.monotonic() + LONGEST_S
        expected = min(len(self.arrived) + PHOTOS_A_LIFE, len(self.photos))
        with self.life(PHOTOS_A_LIFE, writes) as it:
            while not (reached := it.ends(0.5)) and time.monotonic() < deadline:
                if len(self.arrived) == expected and self.written >= set(self.arrived):
                    break
        held, lost = self._drive.cut(draw)
        return (
            f"cut at {f'write {writes}' if reached else 'rest'}, "
            f"{self.journal.count(chr(10)) - before} lines later, {len(self.arrived)} photos in, "
            f"{len(self.written)} captions written, {lost} of {held} blocks lost"
        )

    def last_life(self) -> dict[str, Any]:
        """Live until all is done, and return the status, as `lantern status --json` tells it."""
        with self.life(len(self.photos)) as it:
            assert it.hear(PATIENCE_S) == "1 0"
            status = self._settled(it)
            findings = json.loads(it.run("lantern doctor --json").stdout)["findings"]
            wrong = [found for found in findings if not found["good"]]
            assert {found["subject"] for found in wrong} == {"clock", "page"}, wrong
            it.told("pkill -TERM -f 'lantern run'; sleep 3; umount -a -t ext4")
        return status

    def _settled(self, it: Guest) -> dict[str, Any]:
        wanted = {"settled": True, "captioned": len(self.photos), "unwritten": 0}
        settled = says(it, GetStatus(), PATIENCE_S, **wanted)
        status: dict[str, Any] = json.loads(it.told("lantern status --json"))
        assert settled, f"{status}\n{self.journal[-4000:]}"
        assert eventually(lambda: len(self.arrived) == len(self.photos), PATIENCE_S)
        return status

    # What is found afterwards.

    @property
    def arrived(self) -> list[str]:
        """Return the photos that the disk had, before the copier told so."""
        told = self._shared / "arrived"
        return told.read_text().split() if told.exists() else []

    @property
    def journal(self) -> str:
        """Return what the daemon has said, in all of its lives."""
        told = self._shared / "journal"
        return told.read_text(errors="replace") if told.exists() else ""

    @property
    def ran(self) -> bool:
        """Tell whether the daemon has come up in any of its lives."""
        return "lantern runs" in self.journal

    @property
    def described(self) -> Counter[str]:
        """Return how often each photo went through the model."""
        inferred = re.findall(r"photo described photo=(\S+) .*inferred=True", self.journal)
        return Counter(inferred)

    @property
    def written(self) -> set[str]:
        """Return the photos into which the daemon said that it wrote."""
        return set(re.findall(r"caption written photo=(\S+)", self.journal))

    def check_disk(self) -> None:
        """Replay the file system's journal as the next mount does, and find nothing wrong."""
        image = self._drive.image
        for option, allowed in {"-p": (0, 1), "-fn": (0,)}.items():
            done = subprocess.run(["e2fsck", option, image], capture_output=True, check=False)
            assert done.returncode in allowed, done.stdout.decode()

    def taken_off(self, folder: Path) -> Found:
        """Copy what is on the disk into a new `folder`."""
        folder.mkdir()
        for name in ("photos", "state"):
            told = f"rdump /{name} {folder}"
            subprocess.run(
                ["debugfs", "-R", told, self._drive.image], check=True, capture_output=True
            )
        return Found(folder / "photos", folder / "state")


def wrong(found: Found) -> list[dict[str, Any]]:
    """Return what the doctor finds in the house itself, before a daemon has mended anything.

    That catalog, thumbnails and index agree is what it mends.
    """
    file = found.state.parent / "lantern.toml"
    file.write_text(CONFIG.format(photos=found.photos, state=found.state))
    asked = [sys.executable, "-m", "lantern", "--config", str(file), "doctor", "--json"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    of_the_house = {"config", "photos", "state", "catalog", "index", "secrets"}
    findings = json.loads(told)["findings"]
    assert of_the_house <= {finding["subject"] for finding in findings}
    return [f for f in findings if f["subject"] in of_the_house and not f["good"]]


def image_data(jpeg: bytes) -> bytes:
    """Return all of a JPEG but APP1 and APP13, where EXIF, XMP and IPTC stand. [ITU-T T.81, B.1]"""
    assert (jpeg[:2], jpeg[-2:]) == (b"\xff\xd8", b"\xff\xd9"), "half a JPEG"
    kept, at = [], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        if jpeg[at + 1] not in (0xE1, 0xED):
            kept.append(jpeg[at:end])
        at = end
    return b"".join([*kept, jpeg[at:]])
