"""Which photo of the collection a person means who names a file on the command line."""

from __future__ import annotations

import os
import stat

from lantern.cli.terminal import shown_path
from lantern.errors import PhotoError


def named(file: str, root: bytes) -> bytes:
    """Return the path of `file`, as it was typed, relative to the photo folder `root`.

    Raises:
        PhotoError: it is not below the folder, or there can be no photo there.
    """
    path = below(root, os.fsencode(file))
    _require_file(os.fsencode(file))
    return path


def below(root: bytes, file: bytes) -> bytes:
    """Return the path of `file` relative to the photo folder, however both are written.

    Links of folders are followed, since a person chose them; the file itself is what it is.

    Raises:
        PhotoError: it is not below the folder.
    """
    folder, name = os.path.split(os.path.abspath(file))
    for place, top in ((folder, root), (os.path.realpath(folder), os.path.realpath(root))):
        below = os.path.relpath(os.path.join(place, name), top)
        if below.split(b"/")[0] != b"..":
            return below
    raise PhotoError(
        f"{shown_path(file)}: expected a photo below the photo folder {shown_path(root)}, got "
        f"{shown_path(os.path.abspath(file))}; {_instead(root, file)}"
    )


def _instead(root: bytes, file: bytes) -> str:
    """Return what to do about a `file` that is not below the photo folder."""
    there = os.path.join(root, file)
    if not os.path.isabs(file) and os.path.isfile(there):
        return f"for the photo of that name there, say {shown_path(there)}"
    return "give the path of one there"


def _require_file(file: bytes) -> None:
    """Raise PhotoError where no file can be; what this user may not see is the daemon's to tell."""
    try:
        is_folder = stat.S_ISDIR(os.stat(file).st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoError(
            f"{shown_path(file)}: expected a photo, found no file at "
            f"{shown_path(os.path.abspath(file))}; check the name"
        ) from error
    except OSError:
        return
    if is_folder:
        raise PhotoError(f"{shown_path(file)}: expected a photo, got a folder; name a file in it")
