"""Read `models/model.json`: which files make the model, and how it is to be run.

The manifest vouches for its files by SHA-256, so that a half-copied or mixed-up model is refused
with one clear sentence instead of writing nonsense below people's photos.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from lantern.caption.decode import Search
from lantern.errors import ConfigError

MANIFEST = "model.json"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the model, and the SHA-256 of its bytes in hex."""

    file: str
    sha256: str


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Probabilities, chosen on the val splits.

    `tag`: the least of a tag that is told. `rival`: of a family, before a sentence naming its
    rival is doubted. `silent`: of a family, before a sentence not naming it is doubted.
    """

    tag: float
    rival: float
    silent: float


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `model.json`; `figures` are what the model scored, for people to read."""

    name: str
    version: str
    encoder: Part
    bridge: Part
    step: Part
    vocabulary: Part
    labels: Part
    families: Part
    search: Search
    thresholds: Thresholds
    figures: dict[str, dict[str, float]]


def read_manifest(models: Path) -> Manifest:
    """Return the manifest in the folder `models`.

    Raises:
        ConfigError: it is missing or malformed.
    """
    path = models / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except OSError as error:
        raise ConfigError(
            f"caption model in {models}: cannot read {MANIFEST} ({error.strerror});"
            " reinstall Lantern, or point captions.models at a model's folder"
        ) from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"caption model in {models}: {MANIFEST} is malformed: {error}") from error


def read_part(models: Path, part: Part) -> bytes:
    """Return the bytes of `part`.

    Raises:
        ConfigError: the file is missing, or is not the one the manifest vouches for.
    """
    try:
        content = (models / part.file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"caption model in {models}: cannot read {part.file} ({error.strerror});"
            " reinstall Lantern"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != part.sha256:
        raise ConfigError(
            f"caption model in {models}: {part.file} should have SHA-256 {part.sha256[:12]}…,"
            f" has {found[:12]}…; reinstall Lantern"
        )
    return content
