"""Turn a photo's bytes into its picture and its metadata, whatever the format.

The one call for whoever wants both: it knows that a RAW file is shown by the preview inside it,
turned as the RAW says. Everything else is `imaging.decode` and `imaging.metadata`.
"""

import msgspec

from lantern.imaging import metadata, png_text
from lantern.imaging.decode import DEFAULT_EDGE, Box, Picture, fit
from lantern.imaging.formats import Format
from lantern.model import Fingerprint, Imprint, Metadata


class Developed(msgspec.Struct, frozen=True, eq=False):
    """A decoded picture, what its file says of it, and what Lantern wrote there before."""

    picture: Picture
    metadata: Metadata
    imprint: Imprint | None


def develop(  # noqa: PLR0913
    data: bytes,
    picture_format: Format,
    *,
    edge: int = DEFAULT_EDGE,
    fingerprint: Fingerprint | None = None,
    sidecar: bytes = b"",
    shared_sidecar: bytes = b"",
) -> Developed:
    """Decode `data` once and read its metadata, and what the XMP documents beside it add to it.

    The width and height of a RAW file are those of its preview. The imprint is that of the picture
    `fingerprint`, None for any other.

    Raises:
        PhotoError: as `imaging.decode.decode` and `imaging.metadata.preview` do; without the
            file's name, which the caller knows.
    """
    picture = seen(data, picture_format, Box(edge, edge))
    reading = metadata.read(
        data,
        picture_format,
        picture.width,
        picture.height,
        fingerprint=fingerprint,
        sidecar=sidecar,
        shared_sidecar=shared_sidecar,
        elsewhere=png_text.captions(data) if picture_format is Format.PNG else (),
    )
    return Developed(picture, reading.metadata, reading.imprint)


def seen(data: bytes, picture_format: Format, box: Box) -> Picture:
    """Decode `data`, so that it fits into `box`.

    Raises:
        PhotoError: as `develop`.
    """
    if picture_format is not Format.RAW:
        return fit(data, picture_format, box)
    turn = metadata.orientation(data)
    return fit(metadata.preview(data), Format.JPEG, box, orientation=turn)
