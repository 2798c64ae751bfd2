"""What there is to tell of a model: what its files are, what it scored, what its card warns of.

Reads a model's folder and runs nothing. See `card` for the lists, `manifest` for the rest.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from lantern.caption.card import CARD, KNOWN_FAILURES, LICENCES, listed
from lantern.caption.manifest import SHIPPED_MODELS, Part, read_manifest, read_part
from lantern.errors import ConfigError


class File(msgspec.Struct, frozen=True):
    """One file of the model, which the manifest vouches for."""

    part: str
    file: str
    bytes: int
    sha256: str


class Essence(msgspec.Struct, frozen=True):
    """A model in short; the last two are the card's lists, empty for a model without a card."""

    name: str
    version: str
    folder: str
    shipped: bool
    bytes: int
    files: tuple[File, ...]
    figures: dict[str, dict[str, float]]
    licences: tuple[str, ...]
    known_failures: tuple[str, ...]


def essence(models: Path) -> Essence:
    """Return what there is to tell of the model in `models`; its files are verified on the way.

    Raises:
        ConfigError: there is no model, or a file is not the one its manifest vouches for.
    """
    manifest = read_manifest(models)
    files = tuple(_file(models, name, part) for name, part in manifest.parts.items())
    card = read_card(models) if (models / CARD).exists() else ""
    return Essence(
        name=manifest.name,
        version=manifest.version,
        folder=str(models),
        shipped=models == SHIPPED_MODELS,
        bytes=sum(file.bytes for file in files),
        files=files,
        figures=manifest.figures,
        licences=listed(card, LICENCES),
        known_failures=listed(card, KNOWN_FAILURES),
    )


def read_card(models: Path) -> str:
    """Return the whole card of the model in `models`.

    Raises:
        ConfigError: it has none, or none that can be read.
    """
    try:
        return (models / CARD).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(
            f"caption model in {models}: cannot read its card {CARD} ({reason}); ask its makers"
        ) from error


def _file(models: Path, name: str, part: Part) -> File:
    return File(name, part.file, len(read_part(models, part)), part.sha256)
