"""Embed a sentence in a TIFF file, by a new first directory behind all that is there. Pure.

EXIF blocks are TIFF files, so `exif` does it: no byte of the old file moves but four of the header,
which say where the first directory is. XMP and IPTC are values of that directory.
"""

from collections.abc import Iterator

from lantern.imaging.embed import exif, iptc, xmp
from lantern.imaging.embed.exif import Field
from lantern.imaging.embed.inscription import CannotEmbed, Inscription

_XMP, _IPTC, _PHOTOSHOP = 700, 33723, 34377
_BYTE, _LONG = 1, 4
_TAGS = frozenset({exif.DESCRIPTION, _XMP, _IPTC})


def embed(data: bytes, inscription: Inscription) -> bytes:
    """Return the TIFF file `data` with `inscription`.

    Raises:
        CannotEmbed: it is BigTIFF, its first directory cannot be followed, or it holds IPTC in
            Photoshop's way, too.
    """
    values = exif.values(data, {_XMP, _IPTC, _PHOTOSHOP})
    if iptc.is_in(values.get(_PHOTOSHOP, b"")):
        raise CannotEmbed("it holds IPTC data in Photoshop's resources, too")
    datasets = iptc.write_datasets(values.get(_IPTC, b""), inscription.sentence)
    datasets += bytes(-len(datasets) % 4)  # a row of 32-bit values, by Adobe's custom
    fields = [
        exif.description(inscription.sentence),
        Field(_XMP, _BYTE, 1, xmp.write(values.get(_XMP) or xmp.EMPTY, inscription)),
        Field(_IPTC, _LONG, 4, datasets),
    ]
    return exif.write_fields(data, fields)


def rest(data: bytes) -> Iterator[bytes | memoryview]:
    """Yield all of the TIFF file `data` that no sentence changes, in order."""
    return exif.rest(data, _TAGS)
