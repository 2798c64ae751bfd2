"""All of Lantern over 100,000 photos, held to 400 MB: who needs how much of it.

By hand, since it takes some ten minutes: LANTERN_PHOTOS=100000 in the environment. The guest's disk
begins with so many photos that never were, all described and in the index (furnished_house among
the benches). Some of 24 megapixels arrive while the show plays and somebody types on the page, and
the kernel counts. Left out are Meilisearch and a graphics card. Here files that the kernel keeps in
memory count, too, so the limit is reached; the show goes on, and so does describing, with rests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import guest, layer, sliced
from support.guest import PARTS, REPOSITORY, Guest
from support.house import photo
from support.shell import eventually
from support.sliced import LIMIT_MB, UNITS, counts, group, is_up, killed, peaks_mb, put, status

PHOTOS = int(os.environ.get("LANTERN_PHOTOS", "0"))
ARRIVE, KEYS = 3, 120
MEMORY, DISK_MB = "1024M", 2048
PATIENCE_S = 1200.0

CONFIG = """
[photos]
root = "{photos}"
settle_s = 0.3
[captions]
write = "off"
[show]
programme = "everyday"
audio = "null"
photo_s = 4
[programmes.everyday]
photos = "all"
[hours]
needs_ntp = false
"""

STATE = """
[paths]
state = "{state}"
runtime = "{state}"
"""

FURNISH = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from furnished_house import furnish, picture
furnish(pathlib.Path(sys.argv[2]), int(sys.argv[3]), thumbnail=picture(64, 48))
"""

pytestmark = [
    pytest.mark.skipif(not PHOTOS, reason="by hand: LANTERN_PHOTOS=100000 has it measured"),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="module")
def machine(rig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """Return a guest that runs, with Lantern up in it over many photos."""
    if reason := guest.missing():
        pytest.skip(f"NO GUEST WAS BOOTED: {reason}")
    folder = tmp_path_factory.mktemp("large")
    shared, disk = folder / "shared", folder / "disk"
    sliced.lay(shared / "layer", rig / "root", CONFIG.format(photos="/srv/photos"))
    furnish(layer.content_of(disk))
    layer.make_disk(disk, shared / "layer", DISK_MB)
    shutil.rmtree(layer.content_of(disk))
    for number in range(ARRIVE):
        (shared / f"{number}.jpg").write_bytes(photo(number, 6000, 4000))
    (shared / "visitor.py").write_text(VISITOR)
    shutil.copy(PARTS / "sitecustomize.py", shared)
    with guest.booted(rig / "root", shared, guest.SYSTEMD, disk=disk, memory=MEMORY) as it:
        assert eventually(lambda: is_up(it), PATIENCE_S), it.run("systemctl status lantern*").stdout
        yield it


def furnish(content: Path) -> None:
    """Have the folders of the new disk hold the house."""
    (content / "photos").mkdir(parents=True)
    file = content / "lantern.toml"
    told = {"photos": content / "photos", "state": content / "state"}
    file.write_text((CONFIG + STATE).format_map(told))
    benches = REPOSITORY / "scripts" / "benches"
    words = [sys.executable, "-c", FURNISH, str(benches), str(file), str(PHOTOS)]
    subprocess.run(words, check=True)
    file.unlink()


VISITOR = """
import json, os, sys, time, urllib.parse, urllib.request
keys, most, typed, until = "a brown dog runs in the snow 2019", {}, 0, time.monotonic() + 1500
def ask(address):
    with urllib.request.urlopen("http://127.0.0.1:8080" + address, timeout=120) as answer:
        return json.load(answer)
def look():
    for unit in sys.argv[1:]:
        with open(f"/sys/fs/cgroup/lantern.slice/{unit}.service/memory.stat") as file:
            told = dict(line.split() for line in file)
        held = most.setdefault(unit, {})
        for kind in ("anon", "file", "slab"):
            held[kind] = max(held.get(kind, 0), int(told[kind]) >> 20)
while time.monotonic() < until:
    for end in range(1, len(keys) + 1):
        asked = urllib.parse.urlencode({"q": keys[:end], "limit": 40})
        photos = ask(f"/api/search?{asked}")["photos"]
        typed += 1
        time.sleep(0.3)
        look()
        with open("/tmp/visiting", "w") as file:
            json.dump({"typed": typed, "most": most}, file)
        os.replace("/tmp/visiting", "/tmp/visited")
    for hit in photos[:3]:
        ask(f"/api/similar/{hit['id']}")
"""
"""Types, looks for similar ones, and notes the most that each unit held of each kind, in MB."""


def test_everything_goes_on_in_the_memory_of_a_small_machine(machine: Guest) -> None:
    assert eventually(
        lambda: counts(machine, "photos", "indexed", "discovered") == [PHOTOS, PHOTOS, 0],
        PATIENCE_S,
    ), status(machine)
    url = "http://127.0.0.1:8080/health"
    fetch = f"python3 -c 'import urllib.request as r; r.urlopen(\"{url}\")'"
    assert eventually(lambda: machine.run(fetch).returncode == 0, PATIENCE_S)
    machine.told(f"python3 /rig/visitor.py {' '.join(UNITS)} >/rig/visitor.log 2>&1 &")
    arrived = time.monotonic()
    for number in range(ARRIVE):
        put(machine, f"{number}.jpg", f"{number}.jpg")
    described = eventually(lambda: counts(machine, "captioned") == [PHOTOS + ARRIVE], PATIENCE_S)
    print(f"{ARRIVE} photos described within {time.monotonic() - arrived:.0f} s")  # noqa: T201
    typed = eventually(lambda: visited(machine)["typed"] >= KEYS, PATIENCE_S)
    assert typed, machine.run("cat /rig/visitor.log").stdout
    most, peaks = visited(machine)["most"], peaks_mb(machine)
    tell(machine, most, peaks)
    assert described
    assert group(machine, "memory.max") == str(LIMIT_MB << 20)
    assert [killed(machine, unit) for unit in UNITS] == [0, 0, 0]
    assert sum(kinds["anon"] for kinds in most.values()) < LIMIT_MB
    show = json.loads(machine.told("lantern show --json"))
    assert (show["photos"] >= PHOTOS, bool(show["work"])) == (True, True), show


def tell(machine: Guest, most: dict[str, Any], peaks: dict[str, int]) -> None:
    """Print the figures of ARCHITECTURE."""
    for unit in UNITS:
        print(f"{unit}: peak {peaks[unit]} MB, of each kind at most {most[unit]}")  # noqa: T201
    for name in ("memory.events", "memory.pressure"):
        print(group(machine, name))  # noqa: T201


def visited(machine: Guest) -> dict[str, Any]:
    """Return what the visitor noted until now."""
    asked = machine.run("cat /tmp/visited")
    told: dict[str, Any] = json.loads(asked.stdout or "{}") if asked.returncode == 0 else {}
    return {"typed": 0, "most": {}} | told
