"""Imprints to write, and photos in a folder to write them into."""

from __future__ import annotations

import os
from pathlib import Path

from lantern.imaging.inscribe import Written, inscribe
from lantern.imaging.metadata import Reading, read
from lantern.imaging.source import read_photo, read_sidecar
from lantern.model import Caption, Description, Features, Imprint, Tag

SENTENCE = "a dog runs in the snow"
UMLAUTS = 'Bär & "Größe" <auf> dem Eis 😀'

DESCRIPTION = Description(
    Caption(SENTENCE, 0.4125, "lantern-captioner 2"),
    (Tag("Labrador retriever", 0.51), Tag("snow", 0.25)),
    Features(bytes(range(256)), 0.0078125),
)
MODELS = Imprint(SENTENCE, person=False, description=DESCRIPTION)
PERSONS = Imprint(UMLAUTS, person=True, description=DESCRIPTION)


def write(
    root: Path,
    name: str | bytes,
    imprint: Imprint = MODELS,
    *,
    sidecar: bool = False,
    withdrawn: str | None = None,
) -> Written:
    """Write `imprint` for the photo as it is now."""
    path = os.fsencode(name)
    status = os.stat(os.path.join(os.fsencode(root), path))
    return inscribe(
        os.fsencode(root),
        path,
        status.st_size,
        status.st_mtime_ns,
        imprint,
        sidecar=sidecar,
        withdrawn=withdrawn,
    )


def look(root: Path, name: str | bytes) -> Reading:
    """Return what the photo and its sidecar say, as the worker reads it."""
    path = os.fsencode(name)
    source = read_photo(os.fsencode(root), path)
    sidecar = read_sidecar(os.fsencode(root), path)
    return read(
        source.data,
        source.format,
        1,
        1,
        fingerprint=source.fingerprint,
        sidecar=sidecar.data if sidecar else b"",
    )
