"""`lantern.toml` into frozen structs: what the owner wrote, checked once, at the edge.

Each room gets its own section, never the whole. The file at the top of the repository documents
every option; a test loads it and compares it with the defaults here.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from lantern import timetable
from lantern.errors import ConfigError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SYSTEM_CONFIG = Path("/etc/lantern/lantern.toml")
SYSTEM_ZONE = Path("/etc/localtime")


def _require_absolute(option: str, path: str) -> None:
    """Refuse what would mean another folder to each command, by where it is started."""
    if not path.startswith(("/", "~")) or "\0" in path:
        raise ValueError(f'{option}: expected a path that begins with "/" or "~", got {path!r}')


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: frozen, and an option that nobody reads is an error."""


class Photos(Section, frozen=True):
    """Where the photos are, and when a file counts as copied."""

    root: str
    settle_s: Annotated[float, Meta(ge=0.1, le=600)] = 2.0
    rescan_s: Annotated[float, Meta(ge=1, le=7 * 86400)] = 3600.0

    def __post_init__(self) -> None:
        """Check the path."""
        _require_absolute("photos.root", self.root)

    @property
    def folder(self) -> bytes:
        """Return the absolute path of the photo root: "~" is this user's home."""
        return os.path.abspath(os.fsencode(os.path.expanduser(self.root)))


Policy = Literal["embed", "sidecar", "off"]
"""Where captions are written besides the catalog."""


class Captions(Section, frozen=True):
    """How photos are described, and where the sentences are written besides the catalog.

    `workers` 0 means one a core, two at most; `models` "" means the model that Lantern ships.
    """

    write: Policy = "embed"
    models: str = ""
    workers: Annotated[int, Meta(ge=0, le=16)] = 0
    deadline_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0

    def __post_init__(self) -> None:
        """Check the path."""
        if self.models:
            _require_absolute("captions.models", self.models)

    @property
    def models_folder(self) -> Path | None:
        """Return the configured model's folder, or None for the model that Lantern ships."""
        return Path(self.models).expanduser() if self.models else None


class Search(Section, frozen=True):
    """Which engine answers searches; the embedded index is kept, and falls in, in any case."""

    engine: Literal["embedded", "meilisearch"] = "embedded"
    url: str = "http://127.0.0.1:7700"
    key_file: str = "/etc/lantern/meilisearch-index.key"
    search_key_file: str = "/etc/lantern/meilisearch-search.key"

    def __post_init__(self) -> None:
        """Check the address and the paths."""
        if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s@?#]*)?", self.url):
            raise ValueError(
                f'search.url: expected one like "http://127.0.0.1:7700", got {self.url!r}'
            )
        _require_absolute("search.key_file", self.key_file)
        _require_absolute("search.search_key_file", self.search_key_file)

    @property
    def key(self) -> Path:
        """Return the file with the daemon's key."""
        return Path(self.key_file).expanduser()

    @property
    def search_key(self) -> Path:
        """Return the file with the page's key."""
        return Path(self.search_key_file).expanduser()


class Web(Section, frozen=True):
    """Where the page is served, and under which names besides its addresses and localhost."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    names: tuple[str, ...] = ()


class Paths(Section, frozen=True):
    """Where Lantern keeps its own files; empty means the place that suits the user."""

    state: str = ""
    runtime: str = ""

    def __post_init__(self) -> None:
        """Check the paths."""
        for option, path in (("paths.state", self.state), ("paths.runtime", self.runtime)):
            if path:
                _require_absolute(option, path)

    @property
    def state_folder(self) -> Path:
        """Return the folder of catalog, index and thumbnails."""
        return _folder(self.state, "/var/lib/lantern", "XDG_STATE_HOME", "~/.local/state")

    @property
    def runtime_folder(self) -> Path:
        """Return the folder of the control socket."""
        return _folder(self.runtime, "/run/lantern", "XDG_RUNTIME_DIR", "~/.local/state")

    @property
    def catalog(self) -> Path:
        """Return the catalog's file."""
        return self.state_folder / "catalog.sqlite3"

    @property
    def thumbnails(self) -> Path:
        """Return the thumbnail store's file."""
        return self.state_folder / "thumbnails.sqlite3"

    @property
    def index(self) -> Path:
        """Return the embedded index's folder."""
        return self.state_folder / "index"

    @property
    def password(self) -> Path:
        """Return the file with the hash of the owner's password, which `lantern passwd` writes."""
        return self.state_folder / "password"

    @property
    def control_socket(self) -> Path:
        """Return the daemon's control socket."""
        return self.runtime_folder / "control.sock"


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
    limits: dict[str, Decibels] = {}

    def __post_init__(self) -> None:
        """Check the order of the levels, and the hours."""
        if self.full_db < self.idle_db:
            raise ValueError(
                f"sound.full_db: expected at least idle_db, {self.idle_db}, got {self.full_db}"
            )
        _spans("sound.limits", tuple(self.limits))

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
            _require_absolute("projector.device", self.device)
        if self.password_file:
            _require_absolute("projector.password_file", self.password_file)


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
    exceptions: dict[str, tuple[str, ...]] = {}

    def __post_init__(self) -> None:
        """Check the zone and the times."""
        _ = self.week, self.special_days
        if self.zone:
            _zone(self.zone)

    @property
    def week(self) -> tuple[tuple[timetable.Span, ...], ...]:
        """Return the hours that begin on each day, Monday first."""
        names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        return tuple(_spans(f"hours.{name}", getattr(self, name)) for name in names)

    @property
    def special_days(self) -> tuple[tuple[timetable.Days, tuple[timetable.Span, ...]], ...]:
        """Return the days that differ, with the hours that begin on them; the first rules."""
        return tuple(
            (_days(day), _spans(f'hours.exceptions."{day}"', hours))
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


def _spans(option: str, texts: tuple[str, ...]) -> tuple[timetable.Span, ...]:
    try:
        return tuple(timetable.span(text) for text in texts)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from error


def _days(text: str) -> timetable.Days:
    try:
        return timetable.days(text)
    except ValueError as error:
        raise ValueError(f"hours.exceptions: {error}") from error


class Config(Section, frozen=True):
    """All of `lantern.toml`."""

    photos: Photos
    captions: Captions = Captions()
    search: Search = Search()
    web: Web = Web()
    presence: Presence = Presence()
    sound: Sound = Sound()
    projector: Projector = Projector()
    hours: Hours = Hours()
    paths: Paths = Paths()


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
        raise ConfigError(f"{path}: expected UTF-8 text, got other bytes") from error
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
    _refuse_unknown(tree, Config, "")
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(_sentence(str(error))) from error


def _refuse_unknown(tree: dict[str, Any], section: type[Section], prefix: str) -> None:
    fields = {field.name: field for field in msgspec.structs.fields(section)}
    for key, value in tree.items():
        if key not in fields:
            import difflib  # noqa: PLC0415 - every command would wait for it

            close = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
            hint = f'did you mean "{prefix}{close[0]}"?' if close else f"known: {', '.join(fields)}"
            raise ConfigError(f'unknown option "{prefix}{key}"; {hint}')
        kind = fields[key].type
        if isinstance(kind, type) and issubclass(kind, Section) and isinstance(value, dict):
            _refuse_unknown(value, kind, f"{prefix}{key}.")


def _sentence(message: str) -> str:
    """Return msgspec's "Expected X, got Y - at `$.a.b`" as "a.b: expected X, got Y"."""
    match = re.fullmatch(r"(?P<what>.*?) - at `\$\.?(?P<where>.*)`", message)
    if match is None:
        return message.replace("Object missing", "missing").replace("`", '"')
    what = match["what"].replace("Object missing", "missing").replace("`", '"')
    what = what if ":" in what else what[:1].lower() + what[1:]
    where = match["where"]
    return what if what.startswith(f"{where}.") or not where else f"{where}: {what}"


def _folder(configured: str, system: str, variable: str, otherwise: str) -> Path:
    """Return the configured folder, else the system's for root, else the user's XDG one."""
    if configured:
        return Path(configured).expanduser().absolute()
    if os.geteuid() == 0 or Path(system).is_dir():
        return Path(system)
    return Path(os.environ.get(variable) or otherwise).expanduser() / "lantern"
