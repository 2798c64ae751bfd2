"""What a projector says and hears on its serial line: a command table, read from TOML.

Pure, but for reading the file. `rs232` speaks by it. The tables that ship are in `tables/`, each
with the manual it was taken from; `tables/template.toml` explains every option and is where a new
one begins.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from lantern.errors import ConfigError
from lantern.hardware.ports import Power
from lantern.link.serial import Wiring

TEMPLATE = "template"

_Seconds = Annotated[float, Meta(ge=0, le=60)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of a table's parts: an option that nobody reads is an error."""


class Talk(_Part, frozen=True):
    """How one speaks: what stands around a command, and how replies show what they are.

    `done` is found in the reply to a command that is obeyed, `refused` in one that is not obeyed
    now, `unknown` in one to something it does not know; all are regular expressions, "" for never.
    """

    before: str = ""
    after: str = "\r"
    done: str = ""
    refused: str = ""
    unknown: str = ""
    timeout_s: _Seconds = 3.0
    settle_s: _Seconds = 0.0

    def __post_init__(self) -> None:
        """Check the expressions."""
        for option in ("done", "refused", "unknown"):
            _compiled(f"talk.{option}", getattr(self, option), groups=0)


class PowerWords(_Part, frozen=True):
    """How the lamp is switched and asked for; `words` says which answers mean what."""

    on: str
    off: str
    ask: str
    answer: str
    words: dict[str, Power]
    on_is_silent: bool = False

    def __post_init__(self) -> None:
        """Check the expression, and that on and off can be told apart."""
        _compiled("power.answer", self.answer, groups=1)
        missing = {Power.ON, Power.OFF} - set(self.words.values())
        if missing:
            raise ValueError(f'power.words: expected a word for "{missing.pop()}", got none')


class InputWords(_Part, frozen=True):
    """How an input is asked for and chosen; `names` gives each of them the protocol's word."""

    ask: str
    answer: str
    choose: str
    names: dict[str, str]

    def __post_init__(self) -> None:
        """Check the expression and the place of the input in the command."""
        _compiled("input.answer", self.answer, groups=1)
        if self.choose.count("{input}") != 1:
            raise ValueError(f'input.choose: expected "{{input}}" in it, got {self.choose!r}')


class LampWords(_Part, frozen=True):
    """How the hours of each lamp are asked for."""

    ask: tuple[str, ...]
    answer: str

    def __post_init__(self) -> None:
        """Check the expression."""
        _compiled("lamp.answer", self.answer, groups=1)


class TroubleWords(_Part, frozen=True):
    """How errors are asked for; the word `none` means that there is none."""

    ask: str
    answer: str
    none: str
    words: dict[str, str]

    def __post_init__(self) -> None:
        """Check the expression."""
        _compiled("troubles.answer", self.answer, groups=1)


class Table(_Part, frozen=True):
    """All that `rs232` needs to know of a projector."""

    name: str
    source: str
    talk: Talk
    power: PowerWords
    line: Wiring = Wiring()
    input: InputWords | None = None
    lamp: LampWords | None = None
    troubles: TroubleWords | None = None


def shipped() -> tuple[str, ...]:
    """Return the names of the tables that come with Lantern."""
    files = (file.name.removesuffix(".toml") for file in _folder().iterdir())
    return tuple(sorted(name for name in files if name != TEMPLATE))


def find(name: str) -> Table:
    """Return the shipped table `name`, or the one in the file of that path.

    Raises:
        ConfigError: there is no such table, or it is wrong.
    """
    if name.startswith(("/", "~")):
        return _read(Path(name).expanduser())
    if name not in shipped():
        known = ", ".join(shipped())
        raise ConfigError(
            f'projector.table: expected one of {known}, or the path of a file, got "{name}"'
        )
    return _read(_folder() / f"{name}.toml")


def parse(text: str) -> Table:
    """Return the table that `text`, TOML, holds.

    Raises:
        ConfigError: it is not TOML, or holds an unknown or wrong option.
    """
    try:
        return msgspec.convert(tomllib.loads(text), Table)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(str(error).replace("`", '"').replace("$.", "")) from error


def _read(file: Traversable | Path) -> Table:
    try:
        return parse(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"command table {file}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, ConfigError) as error:
        raise ConfigError(f"command table {file}: {error}") from error


def _folder() -> Traversable:
    return resources.files("lantern.hardware.projector") / "tables"


def _compiled(option: str, expression: str, groups: int) -> None:
    """Check that `expression` is one, with so many groups at least.

    Raises:
        ValueError: it is not.
    """
    try:
        found = re.compile(expression).groups
    except re.error as error:
        raise ValueError(f"{option}: not a regular expression: {error}") from error
    if found != groups:
        raise ValueError(f"{option}: expected {groups} groups in brackets, got {found}")
