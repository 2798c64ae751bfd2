"""Safe mode: the show plays and the page answers, and little else is done, until a person ends it.

A file says so. systemd leaves it where a service keeps its state when the daemon failed too often
(lantern-safe-mode.service), `lantern safe-mode on` in the state folder of the configuration; it
stays, over all restarts, until `lantern safe-mode off`. What rests is what is new each day, and so
what may have brought the daemon down: photos to be described, and whatever hangs on wires.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from lantern import durable
from lantern.config import Camera, Config, Guests, InForce, Search
from lantern.config.good import kept_in

NAME = "safe-mode"
TOPIC = "safe mode"

LONGEST_REASON = 500
UNKNOWN = "nobody left a reason"


def reason(in_force: InForce) -> str | None:
    """Return why safe mode is on, None where it is off.

    Raises:
        OSError: that cannot be found out.
    """
    for file in _files(in_force):
        try:
            text = file.read_text("utf-8", "replace")[:LONGEST_REASON]
        except FileNotFoundError:
            continue
        return " ".join(text.split()) or UNKNOWN
    return None


def turn_on(in_force: InForce, why: str) -> Path:
    """Have the daemon be in safe mode from its next start on; return the file that says so.

    Raises:
        OSError: it cannot be written.
    """
    file = next(_files(in_force))
    file.parent.mkdir(parents=True, exist_ok=True)
    durable.keep(file, f"{why}\n".encode())
    return file


def turn_off(in_force: InForce) -> None:
    """Have the daemon be itself from its next start on; harmless if safe mode is off.

    Raises:
        OSError: what says so cannot be removed.
    """
    for file in _files(in_force):
        file.unlink(missing_ok=True)


def sentence(why: str) -> str:
    """Return what is told of safe mode wherever troubles are."""
    return (
        f"safe mode: {why}; the show plays and the page answers, but photos are not described, "
        "nothing is written into them, and sensors, camera and search server rest; once it is "
        'mended, "lantern safe-mode off"'
    )


def safe(config: Config) -> Config:
    """Return `config` with the sections of what rests as if nothing were configured. Pure."""
    return msgspec.structs.replace(
        config, search=Search(), sensors=(), camera=Camera(), guests=Guests()
    )


def _files(in_force: InForce) -> Iterator[Path]:
    """Yield where it may say so: the state folder first, of the configuration as it is in force."""
    configured = in_force.config.paths.state_folder
    yield configured / NAME
    service = kept_in(in_force.file)
    if service is not None and service != configured:
        yield service / NAME
