"""Name the XMP file beside a photo, and say whether it changed. Pure: names and numbers.

A sidecar of `NAME.EXT` is `NAME.EXT.xmp`, as darktable and digiKam call it; `.XMP`, in any case,
counts as well. `imaging.inscribe` writes them, `imaging.source` reads them.

The sidecar of a RAW file may be called `NAME.xmp`, too, as Lightroom, Bridge and Capture One do.
That one is shared: a JPEG of the same name may mean it, so it is read for RAW files alone and never
written.
"""

import itertools

from lantern.imaging.formats import Format, expected, extension_of

MAX_SIDECAR_BYTES = 4 * 1024 * 1024
"""Larger sidecars are left alone: darktable's longest histories take a quarter."""

_SUFFIXES = tuple(
    bytes(letters) for letters in itertools.product(b".", b"xX", b"mM", b"pP")
)  # .xmp first, .XMP last


def sidecar_name(name: bytes) -> bytes:
    """Return the name that a new sidecar of the photo `name` gets; works for paths, too."""
    return name + _SUFFIXES[0]


def sidecar_names(name: bytes) -> tuple[bytes, ...]:
    """Return every name that the sidecar of `name` may have.

    Of several that are there, the first in this order is the one.
    """
    return tuple(name + suffix for suffix in _SUFFIXES)


def shared_sidecar_names(name: bytes) -> tuple[bytes, ...]:
    """Return every name that the shared sidecar of `name` may have: none unless it is a RAW file's.

    Of several that are there, the first in this order is the one.
    """
    extension = extension_of(name)
    is_raw = expected(extension) is Format.RAW
    return sidecar_names(name[: -len(extension)]) if is_raw else ()


def photo_name_of_sidecar(name: bytes) -> bytes | None:
    """Return the name of the photo whose sidecar `name` would be, or None if it is no sidecar's."""
    return name[:-4] if name[-4:] in _SUFFIXES and len(name) > 4 else None


def stamp(size: int, mtime_ns: int) -> int:
    """Return a number, above 0 and below 2**63, that changes when a sidecar does.

    0 is for whoever has no sidecar. Size and time of change are mixed: one rewritten within a
    clock's tick mostly has another size.
    """
    return (mtime_ns * 1_000_003 + size) % (2**63 - 1) + 1 if size or mtime_ns else 1


def joint_stamp(own: int, shared: int) -> int:
    """Return a number as `stamp` does that changes when either sidecar does; both may be 0."""
    return stamp(own, shared) if shared else own
