"""The units and what stands beside them, as far as a machine that runs none of them can tell."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lantern.config import Backup

SYSTEMD = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(SYSTEMD.glob("lantern*.service"))
MOST_EXPOSED = {
    "lantern-web.service": 2.0,
    "lantern.service": 4.0,
    "lantern-screen.service": 4.0,
    "lantern-safe-mode.service": 2.0,
    "lantern-backup.service": 2.0,
    "lantern-notice.service": 2.0,
}
APART = {"lantern-safe-mode.service", "lantern-backup.service", "lantern-notice.service"}
"""What is no part of the target: it runs once, when something starts it."""

"""What `systemd-analyze security` may say at most, of 10."""

GROUP = re.compile(r"(?:^[A-Z]\w+=(?:.*\\\n)*.*\n)+", re.MULTILINE)
"""Settings that nothing stands between."""

RESTRICTS = re.compile(
    r"^(Restrict|Protect|Private|SystemCall|Capability|Ambient|NoNew|Lock|Memory|Limit|Tasks|Device|"
    r"IPAddress|(In)?accessible|NoExec|Temporary|BindRead|RemoveIPC|Keyring|CPU|IO|OOM|Nice)",
    re.MULTILINE,
)

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt systemd"
)


def told_by(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def settings(unit: Path) -> dict[str, list[str]]:
    """Return all settings of `unit`, with the values that each was given."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text().replace("\\\n", " ").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def groups_made() -> set[str]:
    """Return the groups that sysusers.d makes, and those that Debian has always."""
    lines = (SYSTEMD / "sysusers.d" / "lantern.conf").read_text().splitlines()
    made = {line.split()[1] for line in lines if line[:2] in {"u ", "g "}}
    return made | {"video", "audio", "dialout"}


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in [
        *SYSTEMD.glob("*.service"),
        *SYSTEMD.glob("*.target"),
        *SYSTEMD.glob("*.timer"),
        *SYSTEMD.glob("*.path"),
    ]:
        text = re.sub(r"/usr/local/bin/\w+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    checked = told_by(
        *("systemd-analyze", "verify", "--recursive-errors=no", "--man=no"),
        *map(str, sorted(tmp_path.iterdir())),
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_exposed_no_more_than_agreed(unit: Path) -> None:
    most = MOST_EXPOSED[unit.name]
    checked = told_by(
        *("systemd-analyze", "security", "--offline=true", f"--threshold={most * 10:.0f}"),
        str(unit),
    )
    assert checked.returncode == 0, checked.stdout[-3000:]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_each_group_of_restrictions_has_its_reason(unit: Path) -> None:
    text = unit.read_text()
    groups = [group for group in GROUP.finditer(text) if RESTRICTS.search(group[0])]
    assert groups
    bare = [
        group[0] for group in groups if not text[: group.start()].splitlines()[-1].startswith("#")
    ]
    assert bare == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_users_and_groups_of_a_service_are_made_with_it(unit: Path) -> None:
    told = settings(unit)
    wanted = {*told["User"], *told["Group"]}
    wanted.update(*map(str.split, told.get("SupplementaryGroups", [])))
    assert wanted <= groups_made()


def test_who_uses_the_state_waits_for_its_disk_and_who_does_not_writes_nothing_that_stays() -> None:
    for unit in SERVICES:
        told = settings(unit)
        uses_state = "/var/lib/lantern" in unit.read_text() or "StateDirectory" in told
        wanted = ["/var/lib/lantern"] if uses_state else None
        assert told.get("RequiresMountsFor") == wanted, unit.name
        assert not {"CacheDirectory", "LogsDirectory", "ConfigurationDirectory"} & told.keys()


def test_what_belongs_to_the_target_is_stopped_with_it_and_never_left_dead() -> None:
    parts = [unit for unit in SERVICES if unit.name not in APART]
    assert len(parts) >= 3
    for unit in parts:
        told = settings(unit)
        assert told["PartOf"] == told["WantedBy"] == ["lantern.target"], unit.name
        assert told["Restart"] == ["always"], unit.name
        assert told["StartLimitIntervalSec"] == ["0"] or "OnFailure" in told, unit.name
        assert told["LimitCORE"] == ["0"], unit.name


def pauses(unit: Path) -> list[float]:
    """Return how long systemd waits before each of the next starts, as long as they differ.

    [systemd, src/core/service.c, service_restart_usec_next; 254 and newer]
    """
    told = settings(unit) | settings(unit.with_name(f"{unit.name}.d") / "restart.conf")
    first, last, steps = (
        int(told[name][0]) for name in ("RestartSec", "RestartMaxDelaySec", "RestartSteps")
    )
    return [first * (last / first) ** (number / steps) for number in range(steps + 1)]


def test_starts_that_hang_one_after_the_other_still_end_in_safe_mode() -> None:
    unit = SYSTEMD / "lantern.service"
    told = {name: values[-1] for name, values in settings(unit).items()}
    longest = int(told["TimeoutStartSec"]) + int(told["TimeoutStopSec"])
    starts = int(told["StartLimitBurst"])
    assert len(pauses(unit)) == starts
    assert starts * longest + sum(pauses(unit)) < int(told["StartLimitIntervalSec"])


@pytest.mark.parametrize(
    "unit",
    [unit for unit in SERVICES if unit.with_name(f"{unit.name}.d").is_dir()],
    ids=lambda unit: unit.name,
)
def test_who_fails_again_and_again_is_started_ever_later_and_soon_enough(unit: Path) -> None:
    waits = pauses(unit)
    assert waits == sorted(waits)
    assert waits[1] > waits[0]
    assert waits[-1] <= (5 if unit.name == "lantern-screen.service" else 30)


def test_the_show_comes_before_describing_and_the_page() -> None:
    weights = {unit.name: settings(unit).get("CPUWeight", ["100"])[0] for unit in SERVICES}
    screen, daemon, page, backup, notice = (
        int(weights[f"lantern{part}.service"])
        for part in ("-screen", "", "-web", "-backup", "-notice")
    )
    assert screen > daemon > page > backup > notice
    assert settings(SYSTEMD / "lantern-backup.service")["IOSchedulingClass"] == ["idle"]


def test_the_page_and_the_sender_of_notices_are_users_that_own_nothing() -> None:
    users = {unit.name: settings(unit)["User"] for unit in SERVICES}
    for name in ("lantern-web", "lantern-notice"):
        assert users.pop(f"{name}.service") == [name]
        told = settings(SYSTEMD / f"{name}.service")
        assert not {"StateDirectory", "RuntimeDirectory", "ReadWritePaths"} & told.keys()
    assert users.pop("lantern-backup.service") == ["lantern-backup"]
    assert set(map(tuple, users.values())) == {("lantern",)}


def test_the_backup_has_one_of_roots_rights_and_that_is_to_read() -> None:
    told = settings(SYSTEMD / "lantern-backup.service")
    assert told["CapabilityBoundingSet"] == told["AmbientCapabilities"] == ["CAP_DAC_READ_SEARCH"]
    for unit in SERVICES:
        if unit.name != "lantern-backup.service":
            assert settings(unit)["CapabilityBoundingSet"] == [""], unit.name


def test_a_backup_that_was_missed_is_made_up_for_and_not_by_all_at_once() -> None:
    told = settings(SYSTEMD / "lantern-backup.timer")
    assert told["Persistent"] == ["yes"]
    assert told["RandomizedDelaySec"]
    assert Backup().schedule == told["OnCalendar"][0]


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="no systemd-sysusers: apt systemd")
def test_sysusers_and_tmpfiles_make_whom_the_units_name(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    made = told_by(
        "systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "sysusers.d" / "lantern.conf")
    )
    assert made.returncode == 0, made.stderr
    passwd = (tmp_path / "etc" / "passwd").read_text().splitlines()
    users = {line.split(":")[0]: line.split(":") for line in passwd}
    assert users.keys() == {"lantern", "lantern-web", "lantern-backup", "lantern-notice"}
    assert all(fields[-1].endswith("/nologin") for fields in users.values())
    members = (tmp_path / "etc" / "group").read_text()
    assert re.search(r"^lantern-data:.*:lantern$", members, re.MULTILINE)
    (data,) = re.findall(r"^lantern-data:x:(\d+):", members, re.MULTILINE)
    assert users["lantern-backup"][3] == data, "what it writes by hand is the daemon's to read, too"


def test_no_rule_runs_a_program_for_what_is_plugged_in_but_the_display_s() -> None:
    """No disk is mounted, and no gadget served, because somebody brought it."""
    running = [rules.name for rules in SYSTEMD.glob("*.rules") if "RUN" in rules.read_text()]
    assert running == ["60-lantern-display.rules"]
    for rules in SYSTEMD.glob("*.rules"):
        for subsystem in re.findall(r'SUBSYSTEM[!=]="(\w+)"', rules.read_text()):
            assert subsystem in {"tty", "graphics", "gpio"}


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_unit_opens_a_disk_or_a_keyboard(unit: Path) -> None:
    given = settings(unit)
    allowed = " ".join(given.get("DeviceAllow", []))
    if given.get("PrivateDevices") != ["yes"]:
        assert given["DevicePolicy"] == ["closed"]
    assert not re.search(r"block-|char-(input|hidraw|mem|raw)|/dev/(sd|mmc|input|hid)", allowed)
