"""Open bytes with exiv2 and take the texts out of them.

What exiv2 does not understand, or its binding cannot hand over, is left out.
"""

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

import exiv2

from lantern.imaging import values
from lantern.imaging.imprint import NAMESPACE, PREFIX

exiv2.LogMsg.setLevel(exiv2.LogMsg.Level.mute)  # each warning is some camera's habit
exiv2.XmpProperties.registerNs(NAMESPACE, PREFIX)

DAMAGE = (
    *(exiv2.Exiv2Error, IndexError, ValueError),
    *(OverflowError, RuntimeError, SystemError, MemoryError),
)
"""What exiv2's binding raises when a file is not as it says, or a value not of its tag's type.

All but the first are C++'s standard exceptions, as SWIG hands them over: exiv2 lets some pass, as
where an offset and a length together are beyond all numbers.
"""

Found = dict[str, list[str]]
"""The texts under each key ("Exif.Photo.FNumber"): several where it is a list, or repeated."""


EVERY_LANGUAGE = " in every language"
"""Added to the key of a text in several languages: all of them stand there, not the best alone."""


def parse(data: bytes) -> Any | None:
    """Return the exiv2 image with whatever of its metadata could be read; None if not even that."""
    try:
        image = exiv2.ImageFactory.open(data)
    except DAMAGE:
        return None
    # What was read before the damage is in the image, and is as good as the rest.
    with contextlib.suppress(*DAMAGE):
        image.readMetadata()
    return image


def blocks_of(image: Any) -> Iterator[Any]:
    """Yield every datum of the image's EXIF, IPTC and XMP."""
    for block in (image.exifData(), image.iptcData(), image.xmpData()):
        yield from block


def collect(image: Any, wanted: Collection[str], prefix: str) -> Found:
    """Return the texts under the keys in `wanted`, and under those that begin with `prefix`."""
    found: Found = {}
    for datum in blocks_of(image):
        key = datum.key()
        if key in wanted or key.startswith(prefix):
            found.setdefault(key, []).extend(texts_of(datum))
            if languages := _languages_of(datum):
                found.setdefault(key + EVERY_LANGUAGE, []).extend(languages)
    return found


def _languages_of(datum: Any) -> list[str]:
    """Return what one datum says in each language; nothing if it is no text in languages."""
    try:
        match datum.value():
            case exiv2.LangAltValue() as languages:
                return list(dict(languages.items()).values())
    except DAMAGE:
        pass
    return []


def texts_of(datum: Any) -> list[str]:
    """Return what one datum says; nothing if its type is not what its tag asks for."""
    try:
        match datum.value():
            case exiv2.LangAltValue() as languages:
                by_language = dict(languages.items())
                best = by_language.get("x-default")
                return list(by_language.values()) if best is None else [best]
            case exiv2.XmpArrayValue() as items:
                return [str(item) for item in items]
            case _:  # the datum's own text: the value's holds the first of several numbers alone
                return [values.decoded(datum.toString())]
    except DAMAGE:
        return []
