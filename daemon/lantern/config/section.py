"""What all sections of `lantern.toml` share."""

from __future__ import annotations

import msgspec

from lantern import timetable


def require_absolute(option: str, path: str) -> None:
    """Refuse what would mean another folder to each command, by where it is started."""
    if not path.startswith(("/", "~")) or "\0" in path:
        raise ValueError(f'{option}: expected a path that begins with "/" or "~", got {path!r}')


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: frozen, and an option that nobody reads is an error."""


def spans(option: str, texts: tuple[str, ...]) -> tuple[timetable.Span, ...]:
    """Return the hours that `texts` tell; an error names the `option`."""
    try:
        return tuple(timetable.span(text) for text in texts)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from error
