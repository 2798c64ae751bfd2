"""What Linux tells of the machine: folders as it has them, made here."""

import os

import pytest

from lantern.health.machine import heat_c, room, undervoltage


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
