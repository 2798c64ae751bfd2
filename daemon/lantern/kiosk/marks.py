"""Where each programme stands, kept in one small file, so that a restart repeats no lap."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from lantern import log
from lantern.kiosk.laps import Mark


class Marks(msgspec.Struct, frozen=True):
    """Of one programme: its lap, None where it needs none, and the film played last."""

    lap: Mark | None = None
    film: str = ""


_decoder = msgspec.json.Decoder(dict[str, Marks])


def load(path: Path) -> dict[str, Marks]:
    """Return what the file at `path` holds; nothing where it cannot be used: laps begin anew."""
    try:
        return _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("programmes begin anew", file=path, error=error)
        return {}


def save(path: Path, marks: dict[str, Marks]) -> None:
    """Keep `marks` in the file at `path`: the old ones or the new ones, whenever it is killed.

    Blocking. A disk that refuses costs a lap's place at the next start, and nothing now.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_bytes(msgspec.json.encode(marks))
        fresh.replace(path)
    except OSError as error:
        log.warning("the programmes' places are not kept", file=path, error=error)
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
