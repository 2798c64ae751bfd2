"""The whole of `lantern.toml`: finding it, reading it, and saying what is wrong in it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from lantern.config.backup import Backup
from lantern.config.collection import Captions, Paths, Photos, Search, Web
from lantern.config.kiosk import Hours, Presence, Projector, Sound
from lantern.config.section import Section
from lantern.config.show import Camera, Guests, Programme, Sensor, Show
from lantern.errors import ConfigError

SYSTEM_CONFIG = Path("/etc/lantern/lantern.toml")

BOARD_NEAREST_M, BOARD_FURTHEST_M = 0.03, 4.0
"""Thresholds that a presence board takes: `link.messages.Configure`."""


class Config(Section, frozen=True):
    """All of `lantern.toml`."""

    photos: Photos
    captions: Captions = Captions()
    search: Search = Search()
    web: Web = Web()
    show: Show = Show()
    programmes: dict[str, Programme] = msgspec.field(default_factory=dict)
    sensors: tuple[Sensor, ...] = ()
    presence: Presence = Presence()
    sound: Sound = Sound()
    projector: Projector = Projector()
    hours: Hours = Hours()
    camera: Camera = Camera()
    guests: Guests = Guests()
    backup: Backup = Backup()
    paths: Paths = Paths()

    def __post_init__(self) -> None:
        """Check what one section says of another."""
        for name in (self.show.programme, *self.show.times.values()):
            if name and name not in self.programmes:
                known = ", ".join(self.programmes) or "none is described"
                raise ValueError(
                    f"show: expected the name of a programme ({known}), got {name!r}; describe it "
                    f"in a section [programmes.{name}]"
                )
        names = [sensor.name for sensor in self.sensors]
        if double := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"sensors: expected names that differ, got {double.pop()!r} twice")
        self._check_boards()
        if self.presence.hold_off_s > self.sound.hold_s:
            raise ValueError(
                f"presence.hold_off_s: expected at most sound.hold_s, {self.sound.hold_s:g}, or "
                f"whoever comes back is heard leaving; got {self.presence.hold_off_s:g}"
            )
        if self.guests.by == "dwell" and not self.sensors:
            raise ValueError(
                'guests.by: expected sensors where it is "dwell", as they tell who stands there; '
                "describe one in [[sensors]]"
            )
        filmed = any(sensor.by == "camera" for sensor in self.sensors)
        if self.camera.by == "none" and (filmed or self.guests.by != "none"):
            raise ValueError(
                'camera.by: expected "picamera2" or "files", since it is used; got "none"'
            )

    def _check_boards(self) -> None:
        """Check that each board has a device of its own, and can hold the thresholds."""
        devices = [board.device for board in self.boards]
        if double := {device for device in devices if devices.count(device) > 1}:
            raise ValueError(
                f"sensors: expected boards with devices that differ, got {double.pop()!r} twice"
            )
        for option in ("enter_m", "leave_m"):
            metres = getattr(self.presence, option)
            if self.boards and not BOARD_NEAREST_M <= metres <= BOARD_FURTHEST_M:
                raise ValueError(
                    f"presence.{option}: expected {BOARD_NEAREST_M:g} to {BOARD_FURTHEST_M:g} "
                    f"where a sensor is a board, whose ultrasonic sensor tells no other distances; "
                    f"got {metres:g}"
                )

    @property
    def boards(self) -> tuple[Sensor, ...]:
        """Return the sensors that are presence boards."""
        return tuple(sensor for sensor in self.sensors if sensor.by == "board")

    @property
    def has_show(self) -> bool:
        """Tell whether there is something for the show to do: a programme, or a projector."""
        return self.show.plays or self.projector.by != "none"


def find(explicit: Path | None) -> Path:
    """Return the configuration file to read: `explicit`, else the system's, else the user's.

    Raises:
        ConfigError: there is none.
    """
    home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    candidates = [explicit] if explicit else [SYSTEM_CONFIG, home / "lantern" / "lantern.toml"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ConfigError(
        f"no configuration at {' or '.join(map(str, candidates))}; copy the commented lantern.toml "
        "of the repository there and set photos.root"
    )


def load(path: Path) -> Config:
    """Return the configuration in the file at `path`.

    Raises:
        ConfigError: it cannot be read, is not TOML, or holds an unknown or wrong option.
    """
    try:
        return parse(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: expected UTF-8 text, got other bytes; save it as UTF-8"
        ) from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse(text: str) -> Config:
    """Return the configuration that `text`, TOML, holds.

    Raises:
        ConfigError: the text is not TOML, or holds an unknown or wrong option.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}") from error
    faults = [*_unknown(tree, Config, "")] or [*_wrong(tree, Config, "")]
    if faults:
        raise ConfigError("; also ".join(faults))
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(_sentence(str(error), "")) from error


def _unknown(tree: dict[str, Any], section: type[Section], prefix: str) -> Iterator[str]:
    """Yield a sentence for each option of `tree` that `section` has not."""
    fields = {field.name: field for field in msgspec.structs.fields(section)}
    for key, value in tree.items():
        if key not in fields:
            import difflib  # noqa: PLC0415 - every command would wait for it

            close = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
            hint = f'did you mean "{prefix}{close[0]}"?' if close else f"known: {', '.join(fields)}"
            yield f'unknown option "{prefix}{key}"; {hint}'
            continue
        for inner, where, part in _sections(fields[key].type, value, f"{prefix}{key}"):
            yield from _unknown(part, inner, f"{where}.")


def _wrong(tree: dict[str, Any], section: type[Section], prefix: str) -> Iterator[str]:
    """Yield a sentence for each option of `tree` whose value cannot be."""
    for field in msgspec.structs.fields(section):
        if field.name not in tree:
            continue
        option, value = f"{prefix}{field.name}", tree[field.name]
        parts = list(_sections(field.type, value, option))
        faults = [*chain.from_iterable(_wrong(part, one, f"{at}.") for one, at, part in parts)]
        for one, at, part in [] if faults else parts:  # each option for itself is right
            faults += _fault(part, one, at)
        yield from faults or _fault(value, field.type, option)


def _fault(value: Any, kind: Any, option: str) -> list[str]:
    """Return a sentence for what is wrong with `value`, none if nothing is."""
    known = get_args(kind) if get_origin(kind) is Literal else ()
    if known and value not in known:
        listed = " or ".join(f'"{one}"' for one in known)
        return [f"{option}: expected {listed}, got {value!r}"]
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return [_sentence(str(error), option)]
    return []


def _sections(
    kind: Any, value: Any, where: str
) -> Iterator[tuple[type[Section], str, dict[str, Any]]]:
    """Yield the sections within `value`, an option of type `kind`: one, named ones, or a list."""
    inner = next((one for one in (kind, *get_args(kind)) if _is_section(one)), None)
    if inner is None:
        return
    if inner is kind:
        parts = [(where, value)]
    elif isinstance(value, dict):
        parts = [(f"{where}.{name}", part) for name, part in value.items()]
    else:
        parts = [(f"{where}[{number}]", part) for number, part in enumerate(value or ())]
    yield from ((inner, name, part) for name, part in parts if isinstance(part, dict))


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list in brackets",
    "object": "a table",
}
_KIND = re.compile(rf'"({"|".join(_KINDS)})"')


def _sentence(message: str, option: str) -> str:
    """Return msgspec's "Expected X, got Y - at `$.a.b`" as "option.a.b: expected X, got Y"."""
    said, at, place = message.rpartition(" - at `$")
    where = f"{option}{place.rstrip('`') if at else ''}".lstrip(".")
    what = (said or message).replace("Object missing", "missing").replace("`", '"')
    what = what if ":" in what else what[:1].lower() + what[1:]
    what = _KIND.sub(lambda kind: _KINDS[kind[1]], what)
    return what if what.startswith(f"{where}.") or not where else f"{where}: {what}"
