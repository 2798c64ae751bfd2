"""The words in which the show's parts speak: who is there, how the devices are, what is wanted.

Pure values. Times are seconds of the monotonic clock, levels decibels below full scale.
"""

from __future__ import annotations

import enum

import msgspec

from lantern.hardware.ports import ProjectorState


class Presence(msgspec.Struct, frozen=True):
    """Whether somebody is there, as far as sensors that can be trusted tell.

    `present` is None where no sensor can be. `since` is when it became so. `faults` says of each
    sensor that is not trusted why, by its name.
    """

    present: bool | None
    since: float
    faults: tuple[tuple[str, str], ...] = ()


class Screen(msgspec.Struct, frozen=True):
    """How the player is; `work` names what it plays, `truthful` that the picture can be believed.

    The picture cannot while it stands still, is black, or is not seen to move though it should.
    """

    connected: bool
    work: str | None = None
    truthful: bool = True


class Reports(msgspec.Struct, frozen=True):
    """Everything that the show is decided from.

    `open` is what the opening hours say, or the maintainer who overrules them. `projector` is None
    where there is none to switch; `projector_at` when it told that, None while it never did.
    """

    open: bool
    presence: Presence
    screen: Screen
    projector: ProjectorState | None = None
    projector_at: float | None = None


class Mode(enum.StrEnum):
    """What the show is doing."""

    CLOSED = "closed"
    OPENING = "opening"
    ATTRACT = "attract"
    ENGAGED = "engaged"
    CLOSING = "closing"
    DEGRADED = "degraded"


class Sound(enum.StrEnum):
    """Which of the configured levels the sound goes to; the ramp says how."""

    SILENT = "silent"
    IDLE = "idle"
    FULL = "full"
    SET = "set"
    """The level for when nobody can tell whether somebody is there."""


class Wanted(msgspec.Struct, frozen=True):
    """What the director is to bring about.

    `lamp` None leaves the projector as it is. `rest` asks the captioning to pause.
    """

    mode: Mode
    picture: bool
    sound: Sound
    lamp: bool | None
    rest: bool
