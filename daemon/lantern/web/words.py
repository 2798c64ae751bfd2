"""Say a photo's metadata in the words that people use for it.

Pure. Both the page and the API show these rows, so that no script formats anything. What other
photos share (the day, the camera, the folder) leads to the search that finds them.
"""

from __future__ import annotations

import datetime
from urllib.parse import urlencode

import msgspec

from lantern.model import Exposure, Metadata, Place
from lantern.web.library import PhotoView

MOST_STARS = 5

_UNITS = ("bytes", "kB", "MB", "GB")

_TURNING = (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), *_TURNING), "\ufffd")


class Part(msgspec.Struct, frozen=True):
    """A piece of a row's text, and the address that it leads to, if any."""

    text: str
    link: str = ""


class Detail(msgspec.Struct, frozen=True):
    """One row of the photo view: "Camera", "Canon EOS 5D"; parts are read with commas between."""

    label: str
    parts: tuple[Part, ...]


def details(view: PhotoView) -> tuple[Detail, ...]:
    """Return the rows to show for a photo, leaving out what its file does not tell."""
    metadata = view.metadata
    folder, _, name = view.path.rpartition("/")
    rows = (
        ("Taken", _moment(metadata.taken_at)),
        ("Dated", _by_file(view.file_date)),
        ("Camera", _found_by("camera", metadata.camera)),
        ("Lens", (Part(metadata.lens or ""),)),
        ("Exposure", (Part(_exposure(metadata.exposure)),)),
        ("Place", _place(metadata.place)),
        ("Rating", _rating(metadata.rating)),
        ("Keywords", tuple(_link("q", word) for word in metadata.keywords)),
        ("Picture", (Part(_picture(metadata)),)),
        ("File", (Part(seen(name)), Part(_bytes(view.size)))),
        ("Folder", _found_by("folder", folder)),
    )
    told = ((label, tuple(part for part in parts if part.text)) for label, parts in rows)
    return tuple(Detail(label, parts) for label, parts in told if parts)


def position(place: Place) -> str:
    """Return where `place` is, to some ten metres: "52.3702° N, 4.8952° E"."""
    north = f"{abs(place.latitude):.4f}° {'N' if place.latitude >= 0 else 'S'}"
    east = f"{abs(place.longitude):.4f}° {'E' if place.longitude >= 0 else 'W'}"
    return f"{north}, {east}"


def day(taken_at: str | None) -> str:
    """Return the day of `taken_at` for people ("4 July 2019"), "" where it is not known."""
    when = _parse(taken_at) if taken_at else None
    return f"{when.day} {when:%B} {when.year}" if when else ""


def seen(name: str) -> str:
    """Return `name` with marks in the place of what nobody sees, or what turns letters around.

    Unicode's control characters, and those of UAX #9: "gpj.exe" is not to be read as "exe.jpg".
    """
    return name.translate(_UNSEEN)


def _parse(taken_at: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(taken_at)
    except ValueError:
        return None


def _link(name: str, value: str, **more: str) -> Part:
    return Part(seen(value), f"/?{urlencode({name: value, **more})}")


def _found_by(name: str, value: str | None) -> tuple[Part, ...]:
    return (_link(name, value),) if value else ()


def _moment(taken_at: str | None) -> tuple[Part, ...]:
    when = _parse(taken_at) if taken_at else None
    if when is None:
        return (Part(taken_at or ""),)
    zone = f" ({when.tzname()})" if when.tzinfo else ""
    whole_day = urlencode({"from": when.date().isoformat(), "to": when.date().isoformat()})
    return (
        Part(f"{when:%A} {day(taken_at)}", f"/?{whole_day}"),
        Part(f"{when:%H:%M}{zone}"),
    )


def _by_file(file_date: str | None) -> tuple[Part, ...]:
    return (*_moment(file_date), Part("by its file: the photo tells no date")) if file_date else ()


def _exposure(exposure: Exposure) -> str:
    light = " at ".join(
        part
        for part in (
            _shutter(exposure.time_s) if exposure.time_s else "",
            f"f/{exposure.f_number:g}" if exposure.f_number else "",
        )
        if part
    )
    parts = (
        light,
        f"ISO {exposure.iso}" if exposure.iso else "",
        f"{exposure.focal_length_mm:.3g} mm" if exposure.focal_length_mm else "",
    )
    return ", ".join(part for part in parts if part)


def _shutter(time_s: float) -> str:
    # Cameras write times up to a third of a second as fractions.
    return f"1/{round(1 / time_s)} s" if time_s <= 0.34 else f"{time_s:.3g} s"


def _place(place: Place | None) -> tuple[Part, ...]:
    if place is None:
        return ()
    # RFC 5870: a phone opens it in its own map; nothing is asked of anybody until then.
    at = Part(position(place), f"geo:{place.latitude:.6f},{place.longitude:.6f}")
    return (at, Part(_height(place.altitude_m)))


def _height(altitude_m: float | None) -> str:
    if altitude_m is None:
        return ""
    side = "below" if altitude_m < -0.5 else "above"
    return f"{abs(altitude_m):.0f} m {side} the sea"


def _rating(rating: int | None) -> tuple[Part, ...]:
    if not rating:
        return ()
    return (Part(f"{rating} of {MOST_STARS} stars", f"/?{urlencode({'rating': rating})}"),)


def _picture(metadata: Metadata) -> str:
    megapixels = metadata.width * metadata.height / 1e6
    return f"{megapixels:.1f} megapixels ({metadata.width:,} × {metadata.height:,})"


def _bytes(size: int) -> str:
    """Return `size` as file managers say it, in powers of a thousand; "" for nothing known."""
    power = 0
    amount = float(size)
    while amount >= 999.5 and power < len(_UNITS) - 1:
        amount, power = amount / 1000, power + 1
    digits = 1 if power > 1 and amount < 99.95 else 0
    return f"{amount:.{digits}f} {_UNITS[power]}" if size else ""
