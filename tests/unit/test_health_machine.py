"""What Linux tells of the machine: folders as it has them, made here."""

import os

import pytest

from lantern.health.machine import (
    heat_c,
    is_forgotten,
    memory_free,
    memory_stalled,
    mount,
    room,
    undervoltage,
    went_read_only,
)


@pytest.fixture
def system(tmp_path):
    def put(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return tmp_path

    put("class/net/lo", "")
    return put


def test_the_hottest_zone_counts_and_broken_sensors_do_not(system, tmp_path):
    assert heat_c(tmp_path) is None
    system("class/thermal/thermal_zone0/temp", "48312\n")
    system("class/thermal/thermal_zone1/temp", "52700\n")
    system("class/thermal/thermal_zone2/temp", "-274000\n")
    system("class/thermal/thermal_zone3/temp", "\n")
    system("class/thermal/thermal_zone4/temp", "9000000\n")
    assert heat_c(tmp_path) == 52.7


MOUNTS = r"""22 1 179:2 / / ro,noatime shared:1 - ext4 /dev/root rw,errors=remount-ro
24 22 0:22 / /run rw,nosuid - tmpfs tmpfs rw,size=200000k
30 22 8:1 / /var/lib/lantern rw,noatime - ext4 /dev/sda1 {state}
31 22 8:2 / /srv/my\040photos rw,noatime - overlay overlay rw,lowerdir=/lower,upperdir=/upper
32 22 8:3 / /srv rw - ext4 /dev/sda3 rw
"""


@pytest.mark.parametrize(("state", "failed"), [("rw", False), ("ro,errors=remount-ro", True)])
def test_a_disk_that_failed_is_told_from_one_that_is_mounted_read_only(system, state, failed):
    here = system("self/mountinfo", MOUNTS.format(state=state))
    assert went_read_only(b"/var/lib/lantern", here) is failed
    assert went_read_only(b"/usr", here) is False
    assert mount(b"/usr", here).options == ("ro", "noatime")
    assert mount(b"/var/lib/lantern-of-another", here).own_options == ("rw", "errors=remount-ro")


@pytest.mark.parametrize("words", ["overlayroot=tmpfs quiet", "quiet boot=overlay"])
def test_what_lies_in_memory_is_known_by_tmpfs_and_by_the_overlay_of_a_raspberry_pi(system, words):
    here = system("self/mountinfo", MOUNTS.format(state="rw"))
    system("cmdline", "quiet rootwait\n")
    assert is_forgotten(b"/run/lantern", here)
    assert not is_forgotten(b"/srv/my photos/2019", here)
    system("cmdline", f"{words}\n")
    assert is_forgotten(b"/srv/my photos/2019", here)
    assert not is_forgotten(b"/srv/films", here)
    assert not is_forgotten(b"/var/lib/lantern", here)


def test_undervoltage_is_told_where_the_firmware_measures_it(system, tmp_path):
    system("class/hwmon/hwmon0/name", "nvme\n")
    system("class/hwmon/hwmon0/in0_lcrit_alarm", "1\n")
    assert undervoltage(tmp_path) is None
    system("class/hwmon/hwmon1/name", "rpi_volt\n")
    assert undervoltage(tmp_path) is None
    system("class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
    assert undervoltage(tmp_path) is False
    system("class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert undervoltage(tmp_path) is True


def test_the_room_on_a_disk_is_what_this_user_may_take(tmp_path):
    found = room(os.fsencode(tmp_path))
    assert found is not None
    assert 0 < found.free <= found.total
    assert room(os.fsencode(tmp_path / "none")) is None


def test_free_and_stalled_memory_are_told_where_the_kernel_tells(system, tmp_path):
    assert (memory_free(tmp_path), memory_stalled(tmp_path)) == (None, None)
    system("meminfo", "MemTotal:  1913088 kB\nMemFree:  90000 kB\nMemAvailable:  204800 kB\n")
    assert memory_free(tmp_path) == 200 * 2**20
    system(
        "pressure/memory",
        "some avg10=12.50 avg60=1.00 avg300=0.10 total=7\nfull avg10=3.00 avg60=0.00 total=2\n",
    )
    assert memory_stalled(tmp_path) == 12.5


def test_this_machine_tells_of_its_memory():
    free = memory_free()
    assert free is not None
    assert free > 0
