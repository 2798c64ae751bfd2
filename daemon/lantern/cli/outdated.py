"""What page and player do not go by yet: options that changed since they were started. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lantern.control.protocol import Status
from lantern.health.units import Unit


def told(status: Status, units: Sequence[Unit]) -> list[str]:
    """Return a sentence for each unit that the daemon takes for outdated, and that is.

    Where systemd looks after none of `units`, nobody knows when it was started.
    """
    found = {unit.short: unit for unit in units}
    sentences = []
    for outdated in status.outdated:
        unit = found.get(outdated.unit)
        if unit is not None and (unit.active != "active" or (unit.began_s or 0.0) > outdated.at):
            continue  # it has read the file since, or will when it starts
        options = ", ".join(outdated.options)
        since = "" if unit else ", unless it was since"
        sentences.append(
            f"{options}: changed, and not in force before {outdated.unit} is started anew{since}; "
            f'"sudo systemctl restart {outdated.unit}"'
        )
    return sentences
