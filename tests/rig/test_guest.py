"""A whole machine with a kernel of its own: GPIO, limits of memory, a watchdog, a read-only root.

The tests share one guest, which systemd boots (`support.guest`), and go on where the one before
ended. Its player has no sound device.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.control.protocol import GetShow, GetStatus
from support import guest, layer, sliced
from support.asking import says
from support.guest import PARTS, REPOSITORY, Guest
from support.house import photo
from support.shell import eventually
from support.sliced import LIMIT_MB, UNITS, group, is_up, killed, peaks_mb, put, status

MEMORY = "1024M"
DISK_MB = 1024
PHOTOS = 2
PATIENCE_S = 240.0

CONFIG = """
[photos]
root = "/srv/photos"
settle_s = 0.3
[show]
programme = "everyday"
audio = "null"
[programmes.everyday]
photos = "all"
[[sensors]]
name = "door"
by = "motion"
line = 17
[sound]
hold_s = 1.0
attack_db_s = 48.0
release_db_s = 48.0
[hours]
needs_ntp = false
"""

WATCHDOG = "system.conf.d/lantern-watchdog.conf"

pytestmark = pytest.mark.timeout(900)  # the Debian may have to be made first


@pytest.fixture(scope="module")
def machine(rig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """Return a guest that runs, with Lantern up in it."""
    if reason := guest.missing():
        pytest.skip(f"NO GUEST WAS BOOTED, GPIO and memory limits are not tested: {reason}")
    folder = tmp_path_factory.mktemp("guest")
    shared, disk = folder / "shared", folder / "disk"
    laid = shared / "layer"
    sliced.lay(laid, rig / "root", CONFIG)
    layer.write(laid / "etc/systemd" / WATCHDOG, watchdog())
    layer.make_disk(disk, laid, DISK_MB)
    for number in range(PHOTOS):
        (shared / f"{number}.jpg").write_bytes(photo(number, 6000, 4000))
    (shared / "small.jpg").write_bytes(photo(PHOTOS))
    shutil.copy(PARTS / "sitecustomize.py", shared)
    with guest.booted(rig / "root", shared, guest.SYSTEMD, disk=disk, memory=MEMORY) as it:
        assert eventually(lambda: is_up(it), PATIENCE_S), it.run("systemctl status lantern*").stdout
        yield it


def watchdog() -> str:
    """Return our drop-in, with more patience: a busy machine lets its guests wait."""
    told = (REPOSITORY / "systemd" / WATCHDOG).read_text()
    assert "RuntimeWatchdogSec=15s" in told
    return told.replace("=15s", "=5min")


def told(machine: Guest, **counts: int) -> bool:
    """Wait until the daemon says that so many photos are in these states; tell whether it does."""
    return says(machine, GetStatus(), PATIENCE_S, **counts)


def test_a_root_that_is_only_read_leaves_state_and_photos_on_their_disk(machine: Guest) -> None:
    mounts = {
        folder: machine.told(f"findmnt --noheadings --output SOURCE,FSTYPE --target {folder}")
        for folder in ("/", "/var/lib/lantern", "/srv/photos")
    }
    assert [" ".join(mount.split()) for mount in mounts.values()] == [
        "root overlay",
        "/dev/ubda[/state] ext4",
        "/dev/ubda[/photos] ext4",
    ]


def test_large_photos_are_described_in_less_memory_than_a_small_machine_has(
    machine: Guest,
) -> None:
    for number in range(PHOTOS):
        put(machine, f"{number}.jpg", f"{number}.jpg")
    assert told(machine, captioned=PHOTOS, indexed=PHOTOS, unwritten=0), status(machine)
    assert [killed(machine, unit) for unit in UNITS] == [0, 0, 0]
    assert group(machine, "memory.max") == str(LIMIT_MB << 20)
    print(f"peaks in MB: {peaks_mb(machine)}")  # noqa: T201 - the figure of ARCHITECTURE
    assert group(machine, "lantern.service/memory.max") == str(1200 << 20)


EDGES = """
import json, socket, time
player = socket.socket(socket.AF_UNIX)
player.connect("/run/lantern/screen.sock")
lines = player.makefile()
def volume():
    player.sendall(b'{"command": ["get_property", "volume"], "request_id": 7}\\n')
    while (told := json.loads(lines.readline())).get("request_id") != 7:
        pass
    return told["data"]
def pull(way):
    with open("/sys/devices/platform/gpio-sim.0/gpiochip0/sim_gpio17/pull", "w") as line:
        line.write(way)
def heard(met):
    began = time.monotonic()
    while not met(volume()):
        assert time.monotonic() < began + 60, volume()
    return time.monotonic() - began
times = []
for _ in range(3):
    quiet = volume()
    pull("pull-up")
    rising, risen = heard(lambda now: now > quiet), heard(lambda now: now == 100)
    pull("pull-down")
    times.append((quiet, rising, rising + risen, heard(lambda now: now == quiet)))
print(json.dumps(times))
"""
"""Somebody comes and goes three times; what mpv says of its volume, and after how long."""


def test_an_edge_on_a_gpio_line_makes_the_sound_rise_and_the_next_one_fall(
    machine: Guest,
) -> None:
    chip = "/sys/kernel/config/gpio-sim/rig"
    machine.told(f"mkdir -p {chip}/b0; echo 32 >{chip}/b0/num_lines; echo 1 >{chip}/live")
    quiet = {"present": False, "faults": [], "gain_db": -24.0}
    assert says(machine, GetShow(), PATIENCE_S, **quiet), machine.told("lantern show --json")
    times = json.loads(machine.told(f"python3 - <<'END'\n{EDGES}\nEND", timeout_s=400))
    print(f"volume when quiet, seconds until it rises, is full, is quiet again: {times}")  # noqa: T201
    assert {round(quiet, 1) for quiet, *_ in times} == {39.8}, "24 dB below, by mpv's cubic law"
    assert min(rising for _, rising, *_ in times) < 2.0, "the others may have met a busy machine"


def test_the_doctor_finds_nothing_to_do(machine: Guest) -> None:
    findings = json.loads(machine.run("lantern doctor --json").stdout)["findings"]
    assert [found for found in findings if not found["good"]] == []


def test_a_worker_that_eats_memory_is_refused_it_and_all_else_goes_on(machine: Guest) -> None:
    asked = "systemctl show -p MainPID -p NRestarts lantern"
    before = machine.told(asked)
    put(machine, "small.jpg", "hungry.jpg")
    assert told(machine, failed=1), status(machine)
    assert [killed(machine, unit) for unit in UNITS] == [0, 0, 0], "before the kernel has to"
    assert machine.told(asked) == before
    (problem,) = status(machine)["problems"]
    assert "quarantined after 2 workers" in problem["reason"], problem
    put(machine, "small.jpg", "next.jpg")
    assert told(machine, captioned=PHOTOS + 1), status(machine)


def test_systemd_feeds_the_machine_s_watchdog(machine: Guest) -> None:
    assert "/dev/watchdog0" in machine.run("readlink /proc/1/fd/*").stdout
    told = machine.told("dmesg | grep -i 'watchdog running'")
    assert told.endswith("hardware timeout of 5min.")
