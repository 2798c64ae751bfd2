"""Prove that two versions of a file say the same but for the caption.

The words of exiv2, another author's reading, about what `imaging.embed` wrote.
"""

from collections import Counter
from typing import Any

import exiv2

from lantern.imaging.embed.inscription import CannotEmbed
from lantern.imaging.imprint import PREFIX
from lantern.imaging.metadata.parse import DAMAGE, blocks_of, parse

_CAPTION = frozenset(
    {
        "Exif.Image.ImageDescription",
        "Iptc.Application2.Caption",
        "Iptc.Envelope.CharacterSet",
        "Iptc.Application2.RecordVersion",
        "Exif.Image.IPTCNAA",
        "Exif.Image.XMLPacket",
    }
)
"""What a caption is written to, what IPTC wants besides, and where TIFF holds IPTC and XMP."""


def require_same_but_caption(old: bytes, new: bytes) -> None:
    """Compare every value that exiv2 finds in both.

    Raises:
        CannotEmbed: one that is none of the caption's was lost, added or changed.
    """
    before, after = _facts(old), _facts(new)
    if before != after:
        key, *_ = next(iter((before - after) + (after - before)))
        raise CannotEmbed(f"{key} would change")


def _facts(data: bytes) -> Counter[tuple[str, str, str]]:
    image = parse(data)
    if image is None:
        raise CannotEmbed("exiv2 cannot read it")
    facts: Counter[tuple[str, str, str]] = Counter()
    for datum in blocks_of(image):
        facts.update(_fact(datum))
    facts["ICC profile", "", str(bytes(image.iccProfile().data()))] += 1
    facts["comment", "", str(image.comment())] += 1
    facts["thumbnail", "", str(bytes(exiv2.ExifThumb(image.exifData()).copy().data()))] += 1
    return facts


def _fact(datum: Any) -> list[tuple[str, str, str]]:
    key = datum.key()
    if key in _CAPTION or key.startswith(f"Xmp.{PREFIX}."):
        return []
    try:
        if key == "Xmp.dc.description":
            return [(key, *other) for other in _other_languages(datum.value())]
        return [(key, datum.typeName(), datum.toString())]
    except DAMAGE as error:
        return [(key, datum.typeName(), str(error))]


def _other_languages(description: Any) -> list[tuple[str, str]]:
    """Return (language, text) of all but the default; what is no list of languages is one text."""
    if not isinstance(description, exiv2.LangAltValue):
        return []
    return [(name, text) for name, text in description.items() if name != "x-default"]
