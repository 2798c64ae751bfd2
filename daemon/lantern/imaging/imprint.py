"""Mark a sentence as Lantern's, in properties that travel in a file's XMP. Pure.

A mark tells which sentence is ours, so that whatever differs from it was written by somebody else;
and it carries the whole description of one picture, known by its fingerprint, so that a catalog
made anew costs no inference. What is read is a stranger's bytes: whatever is not as written below,
or out of bounds, is as good as absent. `imaging.embed` writes it, `imaging.metadata` finds it.

    lantern:writer     "model", or "person" who gave the sentence to Lantern
    lantern:sentence   the sentence, as it stood in the fields when Lantern wrote them
    lantern:replaced   what a person had written there by another program, and "sentence" replaced
    lantern:captioner  the model's name and version, for people
    lantern:score      the model's score, for people
    lantern:picture    the fingerprint of the picture that is described
    lantern:record     `model.Description` as JSON, its features in base64

None is called as a tag that others know ("Model", "Description"): programs show names alone.
"""

import math
from collections.abc import Mapping

import msgspec

from lantern.imaging import values
from lantern.model import Caption, Description, Features, Fingerprint, Imprint, Tag

NAMESPACE = "urn:lantern-photos:caption:1#"
PREFIX = "lantern"

MAX_RECORD = 32_768
"""Characters of JSON that are looked at; what Lantern writes takes about one thousand."""

MAX_FEATURES = 4096
"""Dimensions of a feature vector."""

MAX_TAGS = 64
MAX_NAME = 100
"""Characters of a tag's, and of the model's name."""


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mark says. `description` is None if it does not describe the picture at hand."""

    sentence: str
    person: bool
    description: Description | None
    replaced: str | None = None

    @property
    def imprint(self) -> Imprint | None:
        """Return the imprint, if the mark is of this picture and whole."""
        if self.description is None:
            return None
        return Imprint(self.sentence, self.person, self.description, self.replaced)


def properties(imprint: Imprint, fingerprint: Fingerprint) -> dict[str, str]:
    """Return the mark of `imprint` on the picture `fingerprint`, as names and texts."""
    caption = imprint.description.caption
    return {
        "writer": "person" if imprint.person else "model",
        "sentence": imprint.sentence,
        **({"replaced": imprint.replaced} if imprint.replaced else {}),
        "captioner": caption.model,
        "score": f"{caption.score:.4f}",
        "picture": fingerprint,
        "record": msgspec.json.encode(imprint.description).decode(),
    }


def read_mark(found: Mapping[str, str], fingerprint: Fingerprint | None) -> Mark | None:
    """Return the mark that `found` spells by names as in `properties`; None if it is none.

    `fingerprint` is of the picture at hand: a description of another, or of one that was cropped
    or turned since, is left out.
    """
    sentence = values.clean(found.get("sentence", ""), values.MAX_CAPTION)
    writer = found.get("writer")
    if not sentence or writer not in {"model", "person"}:
        return None
    is_of_this = fingerprint is not None and found.get("picture") == fingerprint
    return Mark(
        sentence,
        writer == "person",
        _description(found.get("record", "")) if is_of_this else None,
        values.caption(found.get("replaced", "")) if writer == "person" else None,
    )


def is_sound(imprint: Imprint) -> bool:
    """Tell whether `imprint` would be read back as it is: clean texts, everything in bounds."""
    return imprint.sentence == values.caption(imprint.sentence) and imprint.description == (
        _description(msgspec.json.encode(imprint.description).decode())
    )


def _description(text: str) -> Description | None:
    if len(text) > MAX_RECORD:
        return None
    try:
        found = msgspec.json.decode(text, type=Description)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    caption, features = found.caption, found.features
    is_sound = (
        _is_share(caption.score)
        and caption.score > 0
        and len(found.tags) <= MAX_TAGS
        and all(_is_share(tag.score) for tag in found.tags)
        and 0 < len(features.values) <= MAX_FEATURES
        and 0 < features.scale <= 1
    )
    return _cleaned(found) if is_sound else None


def _is_share(number: float) -> bool:
    return math.isfinite(number) and 0 <= number <= 1


def _cleaned(found: Description) -> Description | None:
    sentence = values.clean(found.caption.sentence, values.MAX_CAPTION)
    model = values.clean(found.caption.model, MAX_NAME)
    tags = tuple(Tag(values.clean(tag.name, MAX_NAME), tag.score) for tag in found.tags)
    if not sentence or not model or not all(tag.name for tag in tags):
        return None
    return Description(
        Caption(sentence, found.caption.score, model, found.caption.from_tags),
        tags,
        Features(found.features.values, found.features.scale),
    )
