"""Why a backup that was planned is better left for another day. Blocking: looks at the machine.

What a person asks for is done whatever stands here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from lantern.backup import far
from lantern.backup.location import Location

SUPPLIES = Path("/sys/class/power_supply")


def reason(repositories: Iterable[str], supplies: Path = SUPPLIES) -> str:
    """Return why not now, in a sentence, "" for nothing that speaks against it."""
    if on_battery(supplies):
        return "the machine runs on its battery"
    asked = list(repositories)
    if not any(far.reaches(repository) for repository in asked):
        hosts = ", ".join(dict.fromkeys(Location.of(one).known_as for one in asked))
        return f"no far side can be reached ({hosts})"
    return ""


def on_battery(supplies: Path = SUPPLIES) -> bool:
    """Tell whether a battery is all that feeds the machine; False where nobody knows.

    [Linux: "sysfs-class-power"; a mouse's battery has the scope "Device"]
    """
    kinds = dict(_supplies(supplies))
    mains = [one for one in kinds if kinds[one] in {"Mains", "USB", "Wireless"}]
    if mains:
        return not any(_text(one / "online") == "1" for one in mains)
    batteries = [one for one in kinds if kinds[one] == "Battery"]
    return any(_text(one / "status") == "Discharging" for one in batteries)


def _supplies(supplies: Path) -> Iterator[tuple[Path, str]]:
    """Yield what feeds this machine, and its kind."""
    with contextlib.suppress(OSError):
        for one in sorted(supplies.iterdir()):
            if _text(one / "scope") != "Device":
                yield one, _text(one / "type")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
