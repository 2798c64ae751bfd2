"""Choose the adapters of sensors, camera and button by the configuration.

Adapters are imported here and by tests alone, and only those that are wanted. Nothing is opened
yet, and what this machine lacks says so when it is opened: it stops no show.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lantern import config
from lantern.errors import Unavailable
from lantern.hardware.ports import Button, Camera, Post, PresenceBoard, PresenceSensor

if TYPE_CHECKING:
    from lantern.hardware.gpio import Pins

# ruff: noqa: PLC0415 - a Raspberry Pi pays for every import


class _Absent:
    """What cannot be had on this machine, for `reason` (`PresenceSensor`, `Button`)."""

    def __init__(self, name: str, reason: str) -> None:
        self._name = name
        self._reason = reason

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def open(self, _: Post | Callable[[float], None]) -> None:
        """Say why not."""
        raise Unavailable(f"{self._name}: {self._reason}")

    def close(self) -> None:
        """Do nothing."""


def sensors(
    sections: Iterable[config.Sensor], camera: Camera | None = None
) -> list[PresenceSensor]:
    """Return the sensors that are described by `sections`, in their order, but for boards.

    `camera` is what those by "camera" look through.
    """
    builders = {
        "ultrasonic": _ultrasonic,
        "motion": _line,
        "camera": lambda section: _watching(section, camera),
        "simulated": _simulated,
    }
    return [builders[section.by](section) for section in sections if section.by in builders]


def boards(
    sections: Iterable[config.Sensor], presence: config.Presence, offsets: Mapping[str, int]
) -> list[PresenceBoard]:
    """Return the boards among the sensors of `sections`, in their order.

    They decide by the distances of `presence`, with the millimetres of `offsets` added, by name.
    """
    return [
        _board(section, presence, offsets.get(section.name, 0))
        for section in sections
        if section.by == "board"
    ]


def camera(section: config.Camera) -> Camera | None:
    """Return the camera that sensors and guest book share, None where there is none."""
    if section.by == "picamera2":
        from lantern.hardware.camera import PiCamera

        return PiCamera(section.number)
    if section.by == "files":
        from lantern.hardware.pictures import FileCamera

        return FileCamera(Path(section.folder).expanduser())
    return None


def button(section: config.Guests) -> Button | None:
    """Return the button of the guest book, None where it has none."""
    if section.by != "button":
        return None
    try:
        from lantern.hardware import gpio
    except ImportError as error:
        return _Absent("button", _lacking(error))
    return gpio.Button(section.line, _pins())


def _ultrasonic(section: config.Sensor) -> PresenceSensor:
    try:
        from lantern.hardware.gpio import UltrasonicSensor
    except ImportError as error:
        return _Absent(section.name, _lacking(error))
    return UltrasonicSensor(
        section.name,
        trigger=section.trigger,
        echo=section.echo,
        reach_m=section.reach_m,
        pins=_pins(),
    )


def _line(section: config.Sensor) -> PresenceSensor:
    try:
        from lantern.hardware.gpio import LineSensor
    except ImportError as error:
        return _Absent(section.name, _lacking(error))
    return LineSensor(
        section.name, line=section.line, active_high=section.active_high, pins=_pins()
    )


def _board(section: config.Sensor, presence: config.Presence, offset_mm: int) -> PresenceBoard:
    from lantern.hardware.board import Board
    from lantern.link.messages import Light

    return Board(
        section.name,
        os.path.expanduser(section.device),
        enter_m=presence.enter_m,
        leave_m=presence.leave_m,
        motion=section.motion,
        light=Light[section.light.upper()],
        offset_mm=offset_mm,
    )


def _watching(section: config.Sensor, camera: Camera | None) -> PresenceSensor:
    from lantern.hardware.camera_sensor import CameraSensor

    if camera is None:
        return _Absent(section.name, 'no camera is configured; set camera.by = "picamera2"')
    return CameraSensor(section.name, camera)


def _simulated(section: config.Sensor) -> PresenceSensor:
    from lantern.hardware.simulated import SimulatedSensor

    return SimulatedSensor(section.name, every_s=section.every_s)


@functools.cache
def _pins() -> Pins:
    """Return the lines of this machine, which are one and the same for all that use them."""
    from lantern.hardware.gpio import Pins

    return Pins()


def _lacking(error: ImportError) -> str:
    return f'{error}; install "lantern[pi]"'
