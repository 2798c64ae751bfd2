"""Say a photo's metadata in the words that people use for it.

Pure. Both the page and the API show these rows, so that no script formats anything.
"""

from __future__ import annotations

import datetime

import msgspec

from lantern.model import Exposure, Metadata, Place


class Detail(msgspec.Struct, frozen=True):
    """One row of the photo view: "Camera", "Canon EOS 5D"."""

    label: str
    text: str


def details(metadata: Metadata, path: str) -> tuple[Detail, ...]:
    """Return the rows to show for a photo, leaving out what its file does not tell."""
    rows = (
        ("Taken", _moment(metadata.taken_at) if metadata.taken_at else ""),
        ("Camera", metadata.camera or ""),
        ("Lens", metadata.lens or ""),
        ("Exposure", _exposure(metadata.exposure)),
        ("Place", _place(metadata.place) if metadata.place else ""),
        ("Rating", f"{metadata.rating} of 5" if metadata.rating else ""),
        ("Keywords", ", ".join(metadata.keywords)),
        ("Size", _size(metadata.width, metadata.height)),
        ("File", path),
    )
    return tuple(Detail(label, text) for label, text in rows if text)


def day(taken_at: str | None) -> str:
    """Return the day of `taken_at` for people ("4 July 2019"), "" where it is not known."""
    when = _parse(taken_at) if taken_at else None
    return f"{when.day} {when:%B} {when.year}" if when else ""


def _parse(taken_at: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(taken_at)
    except ValueError:
        return None


def _moment(taken_at: str) -> str:
    when = _parse(taken_at)
    if when is None:
        return taken_at
    zone = f" ({when.tzname()})" if when.tzinfo else ""
    return f"{when:%A} {when.day} {when:%B} {when.year}, {when:%H:%M}{zone}"


def _exposure(exposure: Exposure) -> str:
    parts = (
        _shutter(exposure.time_s) if exposure.time_s else "",
        f"f/{exposure.f_number:g}" if exposure.f_number else "",
        f"ISO {exposure.iso}" if exposure.iso else "",
        f"{exposure.focal_length_mm:.3g} mm" if exposure.focal_length_mm else "",
    )
    return ", ".join(part for part in parts if part)


def _shutter(time_s: float) -> str:
    # Cameras write times up to a third of a second as fractions.
    return f"1/{round(1 / time_s)} s" if time_s <= 0.34 else f"{time_s:.3g} s"


def _place(place: Place) -> str:
    north = f"{abs(place.latitude):.5f}° {'N' if place.latitude >= 0 else 'S'}"
    east = f"{abs(place.longitude):.5f}° {'E' if place.longitude >= 0 else 'W'}"
    height = "" if place.altitude_m is None else f", {place.altitude_m:.0f} m"
    return f"{north}, {east}{height}"


def _size(width: int, height: int) -> str:
    megapixels = width * height / 1e6
    return f"{width:,} × {height:,} pixels ({megapixels:.1f} megapixels)"
