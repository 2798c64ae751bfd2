"""The page's own style, scripts and icon: a few small files, read once, served from memory.

No request ever reaches the file system: a name is looked up among those found at start. Their
addresses carry a hash of them all, so browsers may keep them for ever, and scripts may import each
other by relative names.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from collections.abc import Mapping

from lantern.web import compression

MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@functools.cache
def files() -> Mapping[str, bytes]:
    """Return every static file by its name."""
    folder = importlib.resources.files(__package__) / "static"
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(tuple(MEDIA_TYPES))
    }


@functools.cache
def packed() -> Mapping[str, bytes]:
    """Return by its name each file that is smaller in the gzip format, in that format."""
    best = {name: compression.packed(content, level=9) for name, content in files().items()}
    return {name: small for name, small in best.items() if len(small) < len(files()[name])}


@functools.cache
def version() -> str:
    """Return a short hash of all static files."""
    digest = hashlib.blake2b(digest_size=6)
    for name, content in files().items():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def address(name: str) -> str:
    """Return the address of the static file `name`, which must exist."""
    if name not in files():
        raise KeyError(name)
    return f"/static/{version()}/{name}"


def media_type(name: str) -> str:
    """Return the media type of the static file `name`."""
    return MEDIA_TYPES["." + name.rpartition(".")[2]]
