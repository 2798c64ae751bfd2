"""Choose the projector's adapter by the configuration.

Adapters are imported here and by tests alone, and only the one that is wanted.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from lantern import config
from lantern.errors import ConfigError
from lantern.hardware.ports import Projector

# ruff: noqa: PLC0415 - a Raspberry Pi pays for every import


def build(section: config.Projector) -> Projector | None:
    """Return what switches the projector; None where nothing does.

    Nothing is opened yet, so that a projector that is off or away delays no start.

    Raises:
        ConfigError: the password's file or the command table cannot be used.
    """
    builders: dict[str, Callable[[], Projector | None]] = {
        "none": lambda: None,
        "pjlink": lambda: _pjlink(section),
        "rs232": lambda: _serial(section),
        "cec": lambda: _cec(section),
        "dpms": lambda: _blanked(section),
        "simulated": lambda: _simulated(section),
    }
    return builders[section.by]()


def _pjlink(section: config.Projector) -> Projector:
    from lantern.hardware.projector.pjlink import PJLinkProjector

    return PJLinkProjector(section.host, section.port, _password(section))


def _serial(section: config.Projector) -> Projector:
    from lantern.hardware.projector import table
    from lantern.hardware.projector.rs232 import SerialProjector

    spoken = table.find(section.table)
    known = tuple(spoken.input.names) if spoken.input else ()
    if section.input and section.input not in known:
        names = ", ".join(known) or "no input"
        raise ConfigError(
            f'projector.input: expected one of the table "{section.table}" ({names}), '
            f'got "{section.input}"'
        )
    return SerialProjector(section.device, spoken)


def _cec(section: config.Projector) -> Projector:
    from lantern.hardware.projector.cec import DEVICE, CecDisplay

    return CecDisplay(section.device or DEVICE)


def _blanked(section: config.Projector) -> Projector:
    from lantern.hardware.projector.blanking import BlankedDisplay

    return BlankedDisplay(section.device)


def _simulated(section: config.Projector) -> Projector:
    """Return one that needs somewhat less time than is allowed for."""
    from lantern.hardware.projector.simulated import Make, Projection, SimulatedProjector

    warm_s, cool_s = (max(0.1, 0.8 * seconds) for seconds in (section.warm_s, section.cool_s))
    make = Make(warm_s=warm_s, cool_s=cool_s)
    return SimulatedProjector(Projection(make, time.monotonic()), time.monotonic)


def _password(section: config.Projector) -> str | None:
    """Return the first line of the password's file, None where none is named."""
    if not section.password_file:
        return None
    try:
        lines = section.password.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"projector.password_file: {section.password} cannot be read ({error})"
        ) from error
    if not lines or not lines[0].strip():
        raise ConfigError(
            f"projector.password_file: expected a password, {section.password} is empty"
        )
    return lines[0].strip()
