"""Which names below the photo root are photos, and which are other programs' droppings. Pure."""

from __future__ import annotations

import re
from fnmatch import translate

from lantern.imaging.formats import PHOTO_EXTENSIONS

IGNORED_FOLDERS = frozenset(
    {
        b"@eadir",  # Synology: thumbnails
        b"@tmp",  # Synology
        b"#recycle",  # Synology
        b"#snapshot",  # Synology
        b"$recycle.bin",  # Windows
        b"system volume information",  # Windows
        b"__macosx",  # unpacked by other systems from macOS archives
        b"lost+found",  # ext4
    }
)
"""In lower case; and every folder whose name begins with a dot (.stfolder, .stversions, .Trash)."""

TEMPORARY_NAMES = (
    b"~syncthing~*",  # Syncthing on Windows; elsewhere its temporaries begin with a dot, as rsync's
    b"*~",  # editors' backups
    b"*.tmp.*",
    b"*.part.*",
    b"~$*",  # office lock files
    b"*.sb-????????-??????",  # macOS safe-save over SMB
)

# A scan asks of every file: one match is a quarter of what taking the name apart costs.
_PHOTO = re.compile(
    rb"[^.].*(?:%s)" % b"|".join(map(re.escape, sorted(PHOTO_EXTENSIONS))),
    re.IGNORECASE | re.DOTALL,
)
_TEMPORARY = re.compile(b"|".join(translate(name.decode()).encode() for name in TEMPORARY_NAMES))


def is_ignored_folder(name: bytes) -> bool:
    """Tell whether nothing in a folder of this name is ever a photo of the collection."""
    return name.startswith(b".") or name.lower() in IGNORED_FOLDERS


def is_photo_name(name: bytes) -> bool:
    """Tell whether a file of this name is to be looked at.

    Hidden files are not, nor temporaries; the content decides later what the file really is.
    """
    return _PHOTO.fullmatch(name) is not None and _TEMPORARY.match(name) is None
