"""What of a changed configuration can be in force at once, and what waits for a new start. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lantern.config.file import Config
from lantern.config.section import Section

SHOW = frozenset(
    {
        *("show", "programmes", "sensors", "presence", "sound", "projector", "hours"),
        *("camera", "guests"),
    }
)
"""Sections of the show, which begins anew with them; the player plays on meanwhile."""

BACKUP = frozenset({"backup"})
"""The section by which the running daemon raises alarms; the job reads the file itself."""

AT_ONCE = frozenset({"captions.write", "photos.settle_s", "photos.rescan_s"})
"""Other options that the running daemon takes."""

SCREEN = frozenset({"show.output", "show.connector", "show.audio"})
"""What the player is started with."""

PAGE = frozenset({"web", "search", "paths", "photos.root", "hours.zone"})
"""Sections and options that the page's process reads when it starts."""


class Changes(msgspec.Struct, frozen=True):
    """Options by what it takes for them to be in force, as "sound.full_db" or "sensors".

    `now` needs nothing more; the others that the daemon, the screen or the page is started anew.
    An option may stand in several.
    """

    now: tuple[str, ...] = ()
    daemon: tuple[str, ...] = ()
    screen: tuple[str, ...] = ()
    page: tuple[str, ...] = ()

    @property
    def of_show(self) -> bool:
        """Tell whether the show is to begin anew."""
        return any(_among(option, SHOW) for option in self.now)


def changes(running: Config, wanted: Config) -> Changes:
    """Return which options of `wanted` differ from those that are `running`."""
    options = tuple(_differing(running, wanted))
    live = tuple(option for option in options if _among(option, SHOW | BACKUP | AT_ONCE))
    return Changes(
        now=live,
        daemon=tuple(o for o in options if o not in live and not _among(o, {"web"})),
        screen=tuple(option for option in options if _among(option, SCREEN)),
        page=tuple(option for option in options if _among(option, PAGE)),
    )


def merged(running: Config, wanted: Config) -> Config:
    """Return `running` with all of `wanted` that can be in force at once."""
    sections = {name: getattr(wanted, name) for name in SHOW | BACKUP}
    for option in AT_ONCE:
        name, _, field = option.partition(".")
        section = sections.get(name, getattr(running, name))
        value = getattr(getattr(wanted, name), field)
        sections[name] = msgspec.structs.replace(section, **{field: value})
    return msgspec.structs.replace(running, **sections)


def _differing(running: Section, wanted: Section, above: str = "") -> Iterable[str]:
    for field in msgspec.structs.fields(running):
        before, after = getattr(running, field.name), getattr(wanted, field.name)
        if isinstance(before, Section):
            yield from _differing(before, after, f"{above}{field.name}.")
        elif before != after:
            yield f"{above}{field.name}"


def _among(option: str, names: Iterable[str]) -> bool:
    """Tell whether `names` has the option, or the section that it is of."""
    return option in names or option.partition(".")[0] in names
