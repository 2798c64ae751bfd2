"""Read `models/model.json`: which files make the model, and how it is to be run.

The manifest vouches for its files by SHA-256, so that a half-copied or mixed-up model is refused
with one clear sentence instead of writing nonsense below people's photos.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from lantern.caption.choice import Weights
from lantern.caption.decode import Search
from lantern.errors import ConfigError
from lantern.model import Description

SHIPPED_MODELS = Path(__file__).parent / "models"
MANIFEST = "model.json"

FORMAT = 5
"""Of `model.json`. Raise it with a change that makes older models unfit or newer ones unread."""

OLDEST_FORMAT = 5
"""That is still read. 5 takes the graphs' tensors apart by layers."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the model, and the SHA-256 of its bytes in hex."""

    file: str
    sha256: str


class Chooser(Part, frozen=True, forbid_unknown_fields=True):
    """The file of `expectation`, and what its measures weigh in the choice among sentences.

    `guide` is what `guide.Guides` pays for a unit of expected CIDEr, in nats.
    """

    guide: float
    weights: Weights


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Probabilities, chosen on the val splits.

    `tag`: the least of a tag from the classes, `object`: of one from the concepts. `rival`: of a
    family, before a sentence naming its rival is doubted. `silent`: of a family, before a sentence
    not naming it is doubted.
    """

    tag: float
    object: float
    rival: float
    silent: float


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `model.json`; `figures` are what the model scored, for people to read.

    `known_answer` is what the model says of `known.picture`, None where nobody has asked it yet.
    Without a `choice` the likeliest sentence is told.
    """

    name: str
    version: str
    encoder: Part
    bridge: Part
    step: Part
    vocabulary: Part
    labels: Part
    concepts: Part
    families: Part
    embedding: Part
    search: Search
    thresholds: Thresholds
    figures: dict[str, dict[str, float]]
    known_answer: Description | None = None
    choice: Chooser | None = None
    format: int = FORMAT

    @property
    def parts(self) -> dict[str, Part]:
        """Return every file of the model by the name of its part."""
        values = msgspec.structs.asdict(self)
        return {name: value for name, value in values.items() if isinstance(value, Part)}


class _Envelope(msgspec.Struct):
    """What every format's `model.json` has, this one's and those to come."""

    format: int = 1


def read_manifest(models: Path) -> Manifest:
    """Return the manifest in the folder `models`.

    Raises:
        ConfigError: it is missing or malformed, or of a format that this version does not read.
    """
    try:
        content = (models / MANIFEST).read_bytes()
        _expect_format(models, msgspec.json.decode(content, type=_Envelope).format)
        return msgspec.json.decode(content, type=Manifest)
    except OSError as error:
        raise ConfigError(
            f"caption model in {models}: cannot read {MANIFEST} ({error.strerror});"
            " reinstall Lantern, or point captions.models at a model's folder"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"caption model in {models}: {MANIFEST} is malformed: {error}") from error


def _expect_format(models: Path, found: int) -> None:
    if not OLDEST_FORMAT <= found <= FORMAT:
        made_for, step = (
            ("a newer", "update Lantern") if found > FORMAT else ("an older", "get its new version")
        )
        raise ConfigError(
            f"caption model in {models}: made for {made_for} Lantern ({MANIFEST} has format "
            f"{found}, expected {FORMAT}); {step}, or set captions.models to another model"
        )


def verify(models: Path) -> None:
    """Read every file of the model in the folder `models`: some 11.5 MB, and no runtime.

    Raises:
        ConfigError: there is no model, or a file is not the one its manifest vouches for.
    """
    for part in read_manifest(models).parts.values():
        read_part(models, part)


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
            " copy the whole model there again, or reinstall Lantern"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != part.sha256:
        raise ConfigError(
            f"caption model in {models}: {part.file} should have SHA-256 {part.sha256[:12]}…,"
            f" has {found[:12]}…; copy the whole model there again, or reinstall Lantern"
        )
    return content
