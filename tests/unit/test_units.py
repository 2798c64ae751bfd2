"""The units and what stands beside them, as far as a machine that runs none of them can tell."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(SYSTEMD.glob("lantern*.service"))
MOST_EXPOSED = {
    "lantern-web.service": 2.0,
    "lantern.service": 4.0,
    "lantern-screen.service": 4.0,
    "lantern-safe-mode.service": 2.0,
}
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
    for unit in [*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.target"), *SYSTEMD.glob("*.timer")]:
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
    parts = [unit for unit in SERVICES if unit.name != "lantern-safe-mode.service"]
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
    screen, daemon, page = (
        int(weights[f"lantern{part}.service"]) for part in ("-screen", "", "-web")
    )
    assert screen > daemon > page


def test_the_page_alone_is_a_user_that_owns_nothing() -> None:
    users = {unit.name: settings(unit)["User"] for unit in SERVICES}
    assert users.pop("lantern-web.service") == ["lantern-web"]
    assert set(map(tuple, users.values())) == {("lantern",)}
    told = settings(SYSTEMD / "lantern-web.service")
    assert not {"StateDirectory", "RuntimeDirectory", "ReadWritePaths"} & told.keys()


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="no systemd-sysusers: apt systemd")
def test_sysusers_and_tmpfiles_make_whom_the_units_name(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    made = told_by(
        "systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "sysusers.d" / "lantern.conf")
    )
    assert made.returncode == 0, made.stderr
    passwd = (tmp_path / "etc" / "passwd").read_text().splitlines()
    users = {line.split(":")[0]: line.split(":") for line in passwd}
    assert users.keys() == {"lantern", "lantern-web"}
    assert all(fields[-1].endswith("/nologin") for fields in users.values())
    members = (tmp_path / "etc" / "group").read_text()
    assert re.search(r"^lantern-data:.*:lantern$", members, re.MULTILINE)
