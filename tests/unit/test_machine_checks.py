"""What the doctor says of the machine: folders as Linux has them, made here."""

import os
import pwd

import pytest

from lantern.config import parse
from lantern.health import machine, machine_checks
from lantern.health.machine import Room

PI = "Raspberry Pi 4 Model B Rev 1.5\0"
FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"


@pytest.fixture
def config(tmp_path):
    return parse(f'[photos]\nroot = "{tmp_path}"\n[paths]\nstate = "{tmp_path}"\n')


@pytest.fixture
def system(tmp_path):
    """Put files below a /sys or /proc of the test's own."""

    def put(path, text):
        file = tmp_path / "system" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return tmp_path / "system"

    put("kernel/nothing", "")
    return put


def test_a_machine_that_tells_nothing_has_nothing_to_be_mended(config, system):
    bare = system("kernel/nothing", "")
    system("sys/fs/inotify/max_user_watches", "524288\n")
    for check in (
        machine_checks.disk_errors,
        machine_checks.card_wear,
        machine_checks.heat,
        machine_checks.power,
        machine_checks.memory,
        machine_checks.watchdog,
        machine_checks.inotify,
    ):
        assert check(config, bare).good, check.__name__


@pytest.mark.parametrize(
    ("bits", "heat", "power"),
    [
        ("0", True, True),
        ("50005", True, False),  # too little voltage now, and therefore slowed down
        ("50000", True, False),  # the same, earlier
        ("80008", False, True),  # too hot now
        ("60000", False, True),  # was too hot
        ("e0002", False, True),
    ],
)
def test_the_firmwares_bits_are_told_apart_into_heat_and_power(config, system, bits, heat, power):
    here = system(FIRMWARE, f"{bits}\n")
    assert machine_checks.heat(config, here).good is heat
    assert machine_checks.power(config, here).good is power


def test_heat_is_told_in_degrees_and_what_to_do_about_it(config, system):
    here = system("class/thermal/thermal_zone0/temp", "61200\n")
    assert machine_checks.heat(config, here).sentence == "61 °C"
    system("class/thermal/thermal_zone0/temp", "82400\n")
    found = machine_checks.heat(config, here)
    assert not found.good
    assert "82 °C" in found.sentence
    assert "fan" in found.fix


def test_a_voltage_that_is_low_by_the_kernels_word_is_enough(config, system):
    here = system("class/hwmon/hwmon1/name", "rpi_volt\n")
    system("class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert "now" in machine_checks.power(config, here).sentence
    assert "power supply" in machine_checks.power(config, here).fix


def test_a_file_system_that_noted_errors_and_a_worn_card_are_told_by_their_device(config, system):
    here = system("fs/ext4/mmcblk0p2/errors_count", "0\n")
    system("block/mmcblk0/device/life_time", "0x02 0x03\n")
    assert machine_checks.disk_errors(config, here).good
    assert machine_checks.card_wear(config, here).sentence == "mmcblk0: 30 % of its life used"
    system("fs/ext4/mmcblk0p2/errors_count", "7\n")
    system("block/mmcblk0/device/life_time", "0x02 0x09\n")
    assert "mmcblk0p2: 7 errors" in machine_checks.disk_errors(config, here).sentence
    worn = machine_checks.card_wear(config, here)
    assert (worn.good, "90 %" in worn.sentence) == (False, True)


def test_a_raspberry_pis_watchdog_wants_to_be_fed_and_a_desktops_does_not(config, system):
    here = system("class/watchdog/watchdog0/state", "inactive\n")
    assert machine_checks.watchdog(config, here).good
    system("firmware/devicetree/base/model", PI)
    found = machine_checks.watchdog(config, here)
    assert not found.good
    assert "RuntimeWatchdogSec" in found.fix
    system("class/watchdog/watchdog0/state", "active\n")
    assert machine_checks.watchdog(config, here).good


def test_programs_that_were_ended_for_memory_are_counted(config, system):
    here = system("vmstat", "nr_free_pages 100\noom_kill 0\n")
    assert machine_checks.memory(config, here).good
    system("vmstat", "nr_free_pages 100\noom_kill 3\n")
    found = machine_checks.memory(config, here)
    assert "3 since the start" in found.sentence
    assert "captions.workers = 1" in found.fix


def test_few_watches_are_to_be_raised_by_a_command(config, system):
    here = system("sys/fs/inotify/max_user_watches", "100\n")
    assert (
        "sysctl -w fs.inotify.max_user_watches=524288" in machine_checks.inotify(config, here).fix
    )


@pytest.mark.parametrize(
    ("check", "asked", "answer"),
    [
        (machine_checks.disk_space, "room", Room(100 * 2**20, 32 * 10**9)),
        (machine_checks.inodes, "inodes", Room(12, 2_000_000)),
        (machine_checks.writable_disks, "read_only", True),
    ],
)
def test_a_disk_that_cannot_take_more_is_told_with_what_it_holds(
    config, monkeypatch, check, asked, answer
):
    assert check(config).good
    monkeypatch.setattr(machine, asked, lambda _: answer)
    found = check(config)
    assert not found.good
    assert "Lantern's state" in found.sentence
    assert found.fix


def test_a_system_that_is_mounted_read_only_is_meant_to_be_and_one_that_went_so_fails(
    config, monkeypatch
):
    monkeypatch.setattr(machine, "read_only", lambda folder: folder == b"/var")
    assert machine_checks.writable_disks(config).good
    assert "the system" not in machine_checks.disk_space(config).sentence
    monkeypatch.setattr(machine, "went_read_only", lambda folder: folder == b"/var")
    assert "the system (/var)" in machine_checks.writable_disks(config).sentence


def test_a_disk_in_memory_may_be_small_and_not_full(config, monkeypatch):
    monkeypatch.setattr(machine, "is_forgotten", lambda _: True)
    monkeypatch.setattr(machine, "room", lambda _: Room(385 * 2**20, 400 * 2**20))
    assert machine_checks.disk_space(config).good
    monkeypatch.setattr(machine, "room", lambda _: Room(39 * 2**20, 400 * 2**20))
    assert not machine_checks.disk_space(config).good


def test_state_over_which_an_overlay_in_memory_lies_is_told(config, monkeypatch):
    monkeypatch.setattr(machine_checks, "_FLEETING", ("/nowhere/",))
    monkeypatch.setattr(machine, "is_forgotten", lambda _: False)
    assert machine_checks.lasting_disks(config).good
    monkeypatch.setattr(machine, "is_forgotten", lambda folder: folder != b"/var")
    found = machine_checks.lasting_disks(config)
    assert "Lantern's state" in found.sentence
    assert "is forgotten when power goes" in found.sentence


def test_what_the_machine_is_and_how_long_it_runs_is_told(system, tmp_path):
    here = system("firmware/devicetree/base/model", PI)
    system("uptime", "93784.21 180000.00\n")
    assert machine.model(here) == "Raspberry Pi 4 Model B Rev 1.5"
    assert machine.up_s(here) == 93784.21
    assert (machine.model(tmp_path / "none"), machine.up_s(tmp_path / "none")) == ("", None)


def test_this_machines_own_disks_are_read():
    found = machine.inodes(os.fsencode(pwd.getpwuid(os.geteuid()).pw_dir))
    assert found is None or 0 <= found.free <= found.total
    assert machine.read_only(b"/proc/none") is False
