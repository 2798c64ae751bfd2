"""The sections of the room: who is there, how loud it is, the projector, the opening hours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from lantern import timetable
from lantern.config.section import Section, require_absolute, spans

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SYSTEM_ZONE = Path("/etc/localtime")


class Presence(Section, frozen=True):
    """When somebody counts as there, and when a sensor is not believed.

    Distances are metres from the sensor. `stuck_s` is how long nobody stands in front of anything.
    """

    enter_m: Annotated[float, Meta(ge=0.02, le=20)] = 1.5
    leave_m: Annotated[float, Meta(ge=0.02, le=20)] = 2.0
    enter_s: Annotated[float, Meta(ge=0, le=10)] = 0.03
    leave_s: Annotated[float, Meta(ge=0, le=60)] = 0.5
    hold_off_s: Annotated[float, Meta(ge=0, le=60)] = 1.0
    stuck_s: Annotated[float, Meta(ge=60, le=7 * 86400)] = 10800.0

    def __post_init__(self) -> None:
        """Check that the thresholds do not chatter."""
        if self.leave_m < self.enter_m:
            raise ValueError(
                f"presence.leave_m: expected at least enter_m, {self.enter_m}, got {self.leave_m}"
            )


Decibels = Annotated[float, Meta(ge=-60, le=0)]
"""Below the level that the film was recorded at; -60 is silence."""


class Sound(Section, frozen=True):
    """How loud it is, and how fast that changes. `limits` are the most at hours of the day."""

    idle_db: Decibels = -24.0
    full_db: Decibels = 0.0
    set_db: Decibels = -12.0
    attack_db_s: Annotated[float, Meta(ge=1, le=60)] = 12.0
    hold_s: Annotated[float, Meta(ge=0, le=600)] = 5.0
    release_db_s: Annotated[float, Meta(ge=1, le=60)] = 4.0
    limits: dict[str, Decibels] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the order of the levels, and the hours."""
        if self.full_db < self.idle_db:
            raise ValueError(
                f"sound.full_db: expected at least idle_db, {self.idle_db}, got {self.full_db}"
            )
        spans("sound.limits", tuple(self.limits))

    @property
    def spans(self) -> tuple[tuple[timetable.Span, float], ...]:
        """Return the hours of the day with the most decibels in them."""
        return tuple((timetable.span(text), db) for text, db in self.limits.items())


class Projector(Section, frozen=True):
    """What switches the projector or display, how it is reached, and what its lamp needs.

    `host`, `port` and `password_file` are of PJLink; `device` is the serial line, the CEC device
    or the connector; `table` is what is spoken on the serial line.
    """

    by: Literal["none", "pjlink", "rs232", "cec", "dpms", "simulated"] = "none"
    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 4352
    password_file: str = ""
    device: str = ""
    table: str = "epson"
    input: str = ""
    warm_s: Annotated[float, Meta(ge=0, le=600)] = 60.0
    cool_s: Annotated[float, Meta(ge=0, le=1800)] = 120.0
    minimum_off_s: Annotated[float, Meta(ge=0, le=3600)] = 30.0

    def __post_init__(self) -> None:
        """Check that what reaches the projector is there."""
        if self.by == "pjlink" and not self.host:
            raise ValueError("projector.host: expected the projector's name or address, got none")
        if self.by == "rs232":
            require_absolute("projector.device", self.device)
        if self.password_file:
            require_absolute("projector.password_file", self.password_file)

    @property
    def password(self) -> Path:
        """Return the file with the password of PJLink."""
        return Path(self.password_file).expanduser()


_ALL_DAY = ("00:00-24:00",)


class Hours(Section, frozen=True):
    """When it is open, by the clock of `zone`; empty means the machine's."""

    zone: str = ""
    needs_ntp: bool = True
    monday: tuple[str, ...] = _ALL_DAY
    tuesday: tuple[str, ...] = _ALL_DAY
    wednesday: tuple[str, ...] = _ALL_DAY
    thursday: tuple[str, ...] = _ALL_DAY
    friday: tuple[str, ...] = _ALL_DAY
    saturday: tuple[str, ...] = _ALL_DAY
    sunday: tuple[str, ...] = _ALL_DAY
    exceptions: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the zone and the times."""
        _ = self.week, self.special_days
        if self.zone:
            _zone(self.zone)

    @property
    def week(self) -> tuple[tuple[timetable.Span, ...], ...]:
        """Return the hours that begin on each day, Monday first."""
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        return tuple(spans(f"hours.{name}", getattr(self, name)) for name in names)

    @property
    def special_days(self) -> tuple[tuple[timetable.Days, tuple[timetable.Span, ...]], ...]:
        """Return the days that differ, with the hours that begin on them; the first rules."""
        return tuple(
            (_days(day), spans(f'hours.exceptions."{day}"', hours))
            for day, hours in self.exceptions.items()
        )

    @property
    def time_zone(self) -> ZoneInfo:
        """Return the zone; the machine's, where none is set, is UTC if it tells none."""
        if self.zone or not SYSTEM_ZONE.exists():
            return _zone(self.zone or "UTC")
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - every command would wait for it

        with SYSTEM_ZONE.open("rb") as file:
            return ZoneInfo.from_file(file)


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - every command would wait for it

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f'hours.zone: expected one like "Europe/Berlin", got {name!r}') from error


def _days(text: str) -> timetable.Days:
    try:
        return timetable.days(text)
    except ValueError as error:
        raise ValueError(f"hours.exceptions: {error}") from error
