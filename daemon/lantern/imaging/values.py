"""Turn the strings and numbers of photo metadata into values that can be trusted.

Pure. Each function takes what some camera or editor wrote and returns a clean value, or None where
it makes no sense. `imaging.metadata` finds the strings.
"""

import datetime
import math
import re
from collections.abc import Iterable, Sequence

from lantern.model import Place

MAX_CAPTION = 2000
"""Characters kept of a caption; IPTC's own limit for Caption-Abstract is 2000 bytes."""

MAX_KEYWORD = 64
"""Characters kept of one keyword; IPTC's own limit is 64 bytes."""

MAX_KEYWORDS = 100
"""Keywords kept of one picture."""

MAX_NAME = 100
"""Characters kept of the name of a camera or a lens."""

_FIRST_PHOTOGRAPH = 1826
"""No picture was taken before; a smaller year is a camera's unset clock."""

# What cameras and editors write by themselves where a person would describe the picture.
_CAMERA_JUNK = re.compile(
    r"""
    (?: (?: benq | canon | casio | epson | fujifilm | ge | hp | jenoptik | jvc | kodak | medion
          | (?:konica\s+)? minolta | nikon | olympus | panasonic | pentax | polaroid | ricoh
          | samsung | sanyo | toshiba | vivitar ) \s+ )?
        digital \s+ (?: still \s+ )? camera
    | sony \s+ dsc
    | dcf \s+ \d (?: \.\d )?
    | dcim \\ .*
    | < kenox [^>]* >
    | exif[_ ]jpeg[_ ]picture
    | (?: dsc | img | dji | pict | cof ) [_-]? \d*
    | default | _?untitled | screenshot | applemark
    | created \s+ with \s+ (?: the \s+ )? gimp
    | (?: lead \s+ technologies | processed \s+ with \s+ vsco
        | file \s+ written \s+ by \s+ adobe ) .*
    """,
    re.IGNORECASE | re.VERBOSE,
)

_COMPANY = re.compile(
    r"""[\s,]+ (?: corporation | corp | company | co | inc | ltd | limited | ag | gmbh | imaging
        | optical | camera | technologies | techwin | electronics | mobile | communications )
        [.,]* $""",
    re.IGNORECASE | re.VERBOSE,
)

_TIME = re.compile(
    r"""\s* (\d{4}) [-:./] (\d\d) [-:./] (\d\d)
        (?: [T\s]+ (\d\d) : (\d\d) (?: : (\d\d) (?: [.,] \d+ )? )? )?
        \s* ( Z | [-+] \d\d :? \d\d )?""",
    re.VERBOSE,
)


def clean(text: str, limit: int) -> str:
    """Return `text` with every run of spaces and control characters made one space, cut to `limit`.

    Lone surrogates, which no UTF-8 can carry, become U+FFFD.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    return " ".join(printable.split())[:limit].rstrip()


def decoded(text: str) -> str:
    """Return `text` with bytes that were not UTF-8 (as lone surrogates) read as Windows-1252.

    EXIF says ASCII and IPTC often says nothing: what is not UTF-8 comes from old Windows programs.
    """
    if text.isascii():
        return text
    raw = text.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def iso_time(text: str, completion: str = "") -> str | None:
    """Return the ISO 8601 local time in `text`, with its offset where known; None if it is no time.

    `text` is EXIF ("2019:07:04 18:30:00") or ISO 8601; a lone date is taken as its midnight, unless
    `completion` holds the time. `completion` is an offset ("+02:00") or a time ("18:30:00+02:00").
    """
    joined = f"{text} {completion}" if completion else text
    match = _TIME.match(joined)
    if match is None or int(match[1]) < _FIRST_PHOTOGRAPH:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        local = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return local.isoformat() + _offset(match[7])


def camera_name(make: str, model: str) -> str | None:
    """Join maker and model without naming the maker twice or its legal form ("Canon EOS 5D")."""
    make, model = clean(make, MAX_NAME), clean(model, MAX_NAME)
    while (shorter := _COMPANY.sub("", make)) != make:
        make = shorter
    if model.casefold().split(" ")[0] in make.casefold().split():
        return model
    return f"{make} {model}".strip()[:MAX_NAME] or None


def lens_name(text: str) -> str | None:
    """Return a lens's name; None for the numbers and dashes that stand where none is known."""
    name = clean(text, MAX_NAME)
    is_name = sum(c.isalpha() for c in name) >= 2 and not name.startswith("(")
    return (
        name if is_name and name.casefold() not in {"unknown", "n/a", "none", "no lens"} else None
    )


def tidy_keywords(words: Iterable[str]) -> tuple[str, ...]:
    """Return `words` clean, in order, each once whatever its case, `MAX_KEYWORDS` at most."""
    kept: dict[str, str] = {}
    for word in words:
        tidy = clean(word, MAX_KEYWORD)
        if tidy:
            kept.setdefault(tidy.casefold(), tidy)
        if len(kept) == MAX_KEYWORDS:
            break
    return tuple(kept.values())


def caption(text: str) -> str | None:
    """Return the sentence a person wrote; None if it is empty or what a camera writes by itself."""
    sentence = clean(text, MAX_CAPTION)
    is_human = any(c.isalnum() for c in sentence) and not _CAMERA_JUNK.fullmatch(sentence)
    return sentence if is_human else None


def fraction(text: str) -> float | None:
    """Return the number that "7", "1/250" or "3.5" spells; None for others and for n/0."""
    above, _, below = text.partition("/")
    try:
        number = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def positive(number: float | None, limit: float) -> float | None:
    """Return `number` if it is above zero and at most `limit`, a bound for nonsense."""
    return number if number is not None and 0 < number <= limit else None


def place(  # noqa: PLR0913
    latitude: Sequence[float],
    north_south: str,
    longitude: Sequence[float],
    east_west: str,
    altitude_m: float | None,
    *,
    below_sea: bool,
) -> Place | None:
    """Return the position that EXIF's degrees, minutes, seconds and references tell.

    None if anything is missing or out of range, or for 0°N 0°E, which is where receivers without a
    fix are.
    """
    north = _degrees(latitude, north_south, "NS", 90)
    east = _degrees(longitude, east_west, "EW", 180)
    if north is None or east is None or north == east == 0:
        return None
    if altitude_m is not None and not 0 <= altitude_m <= 100_000:
        altitude_m = None
    if altitude_m is not None and below_sea:
        altitude_m = -altitude_m
    return Place(latitude=north, longitude=east, altitude_m=altitude_m)


def _degrees(parts: Sequence[float], reference: str, signs: str, limit: float) -> float | None:
    letter = reference.strip().upper()[:1]
    if not parts or len(parts) > 3 or not letter or letter not in signs:
        return None
    if any(part < 0 for part in parts):
        return None
    degrees = sum(part / 60**place for place, part in enumerate(parts))
    return (
        round(math.copysign(degrees, 1 if letter == signs[0] else -1), 7)
        if degrees <= limit
        else None
    )


def _offset(text: str | None) -> str:
    """Return a UTC offset as ISO 8601 wants it, "" if there is none or no place on earth has it."""
    if text is None:
        return ""
    if text == "Z":
        return "+00:00"
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:])
    return f"{text[0]}{hours:02}:{minutes:02}" if hours <= 14 and minutes < 60 else ""
