"""The udev rule that names the presence board: which devices it takes, and which it must not."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "systemd/60-lantern-board.rules"

_PART = re.compile(r'\s*([A-Z]+)(?:\{(\w+)\})?(==|!=|\+=|=)"([^"]*)"\s*(?:,|$)')
MATCHES = {"ACTION", "SUBSYSTEM", "KERNELS", "ATTRS"}
SETS = {"SYMLINK", "GROUP", "MODE", "ENV", "GOTO", "LABEL"}

Rule = list[tuple[str, str, str, str]]
Parent = dict[str, str]
NAMED = {
    "SYMLINK": "lantern-board",
    "GROUP": "dialout",
    "MODE": "0660",
    "ENV{ID_MM_PORT_IGNORE}": "1",
    "ENV{ID_MM_DEVICE_IGNORE}": "1",
}


def parsed(text: str) -> list[Rule]:
    """Return the rules of a file, as udev(7) defines them."""
    joined = text.replace("\\\n", "")
    return [_rule(line) for line in joined.splitlines() if line and not line.startswith("#")]


def _rule(line: str) -> Rule:
    rule, at = [], 0
    while at < len(line):
        part = _PART.match(line, at)
        assert part, f"not a rule from here on: {line[at:]}"
        key, name, sign, value = part[1], part[2] or "", part[3], part[4]
        assert key in (MATCHES if sign in ("==", "!=") else SETS), line
        rule.append((key, name, sign, value))
        at = part.end()
    return rule


def applied(rules: list[Rule], parents: list[Parent], action: str = "add") -> dict[str, str]:
    """Return what `rules` set for a serial device below `parents`."""
    found: dict[str, str] = {}
    sought = ""
    for rule in rules:
        if sought:
            if ("LABEL", "", "=", sought) not in rule:
                continue
            sought = ""
        if not _matches(rule, parents, action):
            continue
        for key, name, sign, value in rule:
            if key == "GOTO":
                sought = value
            elif key in SETS and key != "LABEL" and sign not in ("==", "!="):
                found[f"{key}{{{name}}}" if name else key] = value
    assert not sought, f"no label {sought}"
    return found


def _matches(rule: Rule, parents: list[Parent], action: str) -> bool:
    """Tell whether a rule is for the device: one parent is all that it says."""
    own = {"ACTION": action, "SUBSYSTEM": "tty"}
    for key, _, sign, value in rule:
        if key in own and fnmatch.fnmatchcase(own[key], value) != (sign == "=="):
            return False
    sought = [(name or key, value) for key, name, _, value in rule if key in ("KERNELS", "ATTRS")]
    return not sought or any(
        all(fnmatch.fnmatchcase(parent.get(name, ""), value) for name, value in sought)
        for parent in parents
    )


def usb(vendor: str, product: str, port: str = "1-1.4", serial: str = "") -> list[Parent]:
    """Return what stands above a serial device on USB: its interface, itself, the hub it is in."""
    hub = {"KERNELS": "1-1", "idVendor": "2109", "idProduct": "3431"}
    itself = {"KERNELS": port, "idVendor": vendor, "idProduct": product, "serial": serial}
    return [{"KERNELS": f"{port}:1.0"}, itself, hub]


UNO, COPY = usb("2341", "0043"), usb("2a03", "0043")
CH340, FTDI = usb("1a86", "7523"), usb("0403", "6001", serial="A50285BI")


def with_line(number: int) -> list[Rule]:
    """Return the rules with the `number`th of the lines that an owner may choose."""
    optional = re.findall(r"^#(.+GOTO=.+)$", RULES.read_text(), re.MULTILINE)
    assert len(optional) == 4
    return parsed(RULES.read_text().replace(f"#{optional[number]}\n", f"{optional[number]}\n", 1))


@pytest.mark.parametrize("device", [UNO, COPY])
def test_an_uno_gets_its_name_its_group_and_is_left_alone_by_modem_manager(device):
    assert applied(parsed(RULES.read_text()), device) == NAMED


@pytest.mark.parametrize("device", [CH340, FTDI, usb("067b", "2303"), [], [{"KERNELS": "ttyS0"}]])
def test_what_may_be_a_projectors_adapter_is_not_taken_for_the_board(device):
    assert applied(parsed(RULES.read_text()), device) == {}


def test_nothing_is_set_when_a_device_goes():
    assert applied(parsed(RULES.read_text()), UNO, "remove") == {}


def test_the_hub_that_an_adapter_hangs_on_does_not_make_it_the_board():
    maker_of_hub = {"KERNELS": "1-1", "idVendor": "2341", "idProduct": "8036"}
    mixed = {"KERNELS": "1-1.4", "idVendor": "0403", "idProduct": "0043"}
    assert applied(parsed(RULES.read_text()), [mixed, maker_of_hub]) == {}


@pytest.mark.parametrize(
    ("line", "taken", "left"),
    [
        (0, CH340, FTDI),
        (1, FTDI, CH340),
        (2, usb("1a86", "7523", port="1-1.2"), CH340),
        (3, FTDI, usb("0403", "6001", serial="FT0ABCDE")),
    ],
)
def test_each_line_that_the_owner_may_choose_takes_its_board_and_no_other(line, taken, left):
    rules = with_line(line)
    assert applied(rules, taken) == NAMED
    assert applied(rules, UNO) == NAMED
    assert applied(rules, left) == {}


def test_udev_itself_finds_nothing_wrong():
    command = [shutil.which("udevadm") or "false", "verify"]
    if subprocess.run([*command, "--help"], capture_output=True, check=False).returncode:
        pytest.skip("no udev that can verify rules, as from version 254 on")
    told = subprocess.run([*command, str(RULES)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
