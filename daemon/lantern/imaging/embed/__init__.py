"""Put a sentence into a file's metadata and leave every other byte where it was. Pure.

`embed` takes a file's bytes and returns new ones; the parts are one file each: the containers
`jpeg`, `png`, `webp` and `tiff`, and what they hold, `exif`, `iptc` and `xmp`. Nothing is decoded
and written anew: what is there is kept as bytes, and the sentence is added to it. Whatever cannot
be followed for certain raises `CannotEmbed`, and a sidecar is written instead (`imaging.inscribe`).
"""

from collections.abc import Iterator
from typing import Protocol

from lantern.imaging.embed import jpeg, png, tiff, webp
from lantern.imaging.embed.inscription import CannotEmbed, Inscription
from lantern.imaging.formats import Format

__all__ = ["FORMATS", "CannotEmbed", "Inscription", "embed", "rest"]


class _Container(Protocol):
    def embed(self, data: bytes, inscription: Inscription, /) -> bytes: ...

    def rest(self, data: bytes, /) -> Iterator[bytes | memoryview]: ...


_CONTAINERS: dict[Format, _Container] = {
    Format.JPEG: jpeg,
    Format.PNG: png,
    Format.WEBP: webp,
    Format.TIFF: tiff,
}

FORMATS = tuple(_CONTAINERS)
"""The formats into which a sentence is embedded; all others get a sidecar in any case."""


def embed(data: bytes, picture_format: Format, inscription: Inscription) -> bytes:
    """Return `data` with `inscription` in the metadata of its container.

    Raises:
        CannotEmbed: the format holds no sentence safely, or this file is built in a way that we do
            not follow.
    """
    container = _CONTAINERS.get(picture_format)
    if container is None:
        raise CannotEmbed(f"a {picture_format} file is never changed")
    return container.embed(data, inscription)


def rest(data: bytes, picture_format: Format) -> Iterator[bytes | memoryview]:
    """Yield everything in `data` that `embed` leaves as it is, in order: it proves `embed`.

    Raises:
        CannotEmbed: as `embed`.
    """
    return _CONTAINERS[picture_format].rest(data)
