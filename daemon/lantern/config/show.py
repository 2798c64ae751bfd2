"""The sections of the show: what plays and when, on which screen; sensors, camera, guest book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lantern import timetable
from lantern.config.section import Section, require_absolute, spans

Line = Annotated[int, Meta(ge=0, le=53)]
"""A GPIO line by its BCM number."""


class Show(Section, frozen=True):
    """What plays, and how it looks. `programme` names one of [programmes]; empty: no show at all.

    `times` are programmes at hours of the day; the first that fits rules.
    """

    programme: str = ""
    times: dict[str, str] = msgspec.field(default_factory=dict)
    output: Literal["drm", "window"] = "drm"
    connector: str = ""
    audio: str = "auto"
    photo_s: Annotated[float, Meta(ge=1, le=3600)] = 12.0
    fade_s: Annotated[float, Meta(ge=0, le=10)] = 1.0
    zoom: Annotated[float, Meta(ge=1, le=1.5)] = 1.08
    sentences: bool = True

    def __post_init__(self) -> None:
        """Check the hours, and that a photo is there for longer than its fade."""
        if self.fade_s > self.photo_s:
            raise ValueError(
                f"show.fade_s: expected at most photo_s, {self.photo_s:g}, got {self.fade_s:g}"
            )
        spans("show.times", tuple(self.times))

    @property
    def plays(self) -> bool:
        """Tell whether there is any hour with a programme."""
        return bool(self.programme or self.times)

    def programme_at(self, minute: int | None) -> str:
        """Return the programme of a minute of the day, None for an unknown one."""
        if minute is not None:
            for text, name in self.times.items():
                if timetable.span(text).holds(minute):
                    return name
        return self.programme


class Programme(Section, frozen=True):
    """Which works play, in which order: photos, the films of a folder, or both.

    `query` narrows photos, in the words of the search page. `photos_between` two films, where there
    are both.
    """

    photos: Literal["none", "all", "newest", "on this day", "favourites"] = "none"
    query: str = ""
    films: str = ""
    photos_between: Annotated[int, Meta(ge=1, le=1000)] = 8

    def __post_init__(self) -> None:
        """Check that there is something to play."""
        if self.films:
            require_absolute("films", self.films)
        if self.photos == "none" and not self.films:
            raise ValueError('expected photos = "all" or another choice, or films, got neither')
        if self.query and self.photos == "none":
            raise ValueError('query: expected photos = "all" or another choice beside it, got none')

    @property
    def films_folder(self) -> Path | None:
        """Return the folder of the films, None for none."""
        return Path(self.films).expanduser() if self.films else None


class Sensor(Section, frozen=True):
    """One presence sensor. Which lines count depends on `by`; `every_s` is the simulated room's.

    `device` is the board's, `light` what its lamp shows, and `motion` whether it has a motion
    detector wired to it.
    """

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    by: Literal["ultrasonic", "motion", "board", "camera", "simulated"]
    trigger: Line = 23
    echo: Line = 24
    reach_m: Annotated[float, Meta(ge=0.1, le=5)] = 4.0
    line: Line = 17
    active_high: bool = True
    device: str = "/dev/lantern-board"
    light: Literal["presence", "on", "off"] = "presence"
    motion: bool = False
    every_s: Annotated[float, Meta(ge=1, le=86400)] = 60.0

    def __post_init__(self) -> None:
        """Check that a board's device is named."""
        if self.by == "board":
            require_absolute("device", self.device)


class Camera(Section, frozen=True):
    """The camera that sensors and guest book share; "files" plays the pictures of `folder`."""

    by: Literal["none", "picamera2", "files"] = "none"
    number: Annotated[int, Meta(ge=0, le=9)] = 0
    folder: str = ""

    def __post_init__(self) -> None:
        """Check that pictures to play are named."""
        if self.by == "files":
            require_absolute("camera.folder", self.folder)


class Guests(Section, frozen=True):
    """The guest book: who asks for it gets a picture taken into `folder` of the photo root."""

    by: Literal["none", "button", "dwell"] = "none"
    line: Line = 27
    dwell_s: Annotated[float, Meta(ge=2, le=600)] = 20.0
    countdown_s: Annotated[int, Meta(ge=3, le=30)] = 5
    folder: str = "Guest book"

    def __post_init__(self) -> None:
        """Check that the folder stays within the photo root."""
        path = Path(self.folder)
        if not self.folder or path.is_absolute() or ".." in path.parts or "\0" in self.folder:
            raise ValueError(
                f"guests.folder: expected a folder below photos.root, got {self.folder!r}"
            )
